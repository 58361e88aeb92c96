"""What `infra.api` makes of DigitalOcean's answers, and what it never says."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from infra.api import Api, Patience
from infra.api_refusal import SCOPES, scope
from infra.cloud.account import DigitalOceanAccount
from infra.cloud.failure import CloudError, MissingError, QuotaError, RefusedError, StockError
from infra.cloud.provider import NewDroplet, NewVolume
from infra.cloud.wanted import Goal
from tests.canaries import Search
from tests.cloud.fake.contract import contract
from tests.cloud.fake.server import Fault, Faults, Server, Site
from tests.cloud.fake.world import TOKEN, Size, World
from tests.cloud.scene import Scene

DISCARD = 9  # a port that nothing listens on
SECRET = "first-boot-canary"
ORDER = NewDroplet("a", "gpu-l40sx1-48gb", "tor1", "ubuntu-24-04-x64", 7, "", ("gpu-lab:a",), SECRET)


@pytest.fixture
def site(scene: Scene) -> Site:
    return scene.site


@pytest.fixture
def world(site: Site) -> World:
    return site.world


@pytest.fixture
def account(server: Server, world: World) -> Iterator[DigitalOceanAccount]:
    with closing(Api(TOKEN, world.clock, f"{server.address}/v2", Patience(read=5))) as api:
        yield DigitalOceanAccount(api)


def always(fault: Fault) -> Faults:
    return lambda _number: fault


def only(fault: Fault, *numbers: int) -> Faults:
    return lambda number: fault if number in numbers else None


def _many_sizes(world: World) -> list[str]:
    world.sizes = [Size(f"size-{number}", 1.0, ("tor1",)) for number in range(450)]
    return [size.slug for size in world.sizes]


def test_a_list_is_read_to_its_end(account: DigitalOceanAccount, site: Site) -> None:
    slugs = _many_sizes(site.world)
    assert [size.slug for size in account.sizes()] == slugs
    assert [call.query for call in site.calls] == [{"page": str(page), "per_page": "200"} for page in (1, 2, 3)]


def test_a_list_whose_second_page_cannot_be_had_is_none(account: DigitalOceanAccount, site: Site) -> None:
    _many_sizes(site.world)
    site.faults = lambda number: Fault.ERROR_BEFORE if number > 0 else None
    with pytest.raises(CloudError, match="DigitalOcean answers 500 to GET sizes"):
        account.sizes()


@pytest.mark.parametrize("fault", [Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.ERROR_BEFORE, Fault.TRUNCATED])
def test_what_only_reads_is_asked_again(account: DigitalOceanAccount, site: Site, fault: Fault) -> None:
    site.faults = only(fault, 0, 1)
    assert [region.slug for region in account.regions()] == ["nyc2", "tor1", "ams1"]
    assert len(site.calls) == 3


def test_what_only_reads_is_not_asked_for_ever(account: DigitalOceanAccount, site: Site) -> None:
    site.faults = always(Fault.CUT_BEFORE)
    with pytest.raises(CloudError, match="DigitalOcean does not answer"):
        account.regions()
    assert len(site.calls) == 4


def test_where_nobody_answers_the_line_says_where_and_what_to_look_at(world: World) -> None:
    nowhere = f"http://127.0.0.1:{DISCARD}/v2/"
    with closing(Api(TOKEN, world.clock, nowhere)) as api, pytest.raises(CloudError) as caught:
        DigitalOceanAccount(api).regions()
    assert str(caught.value) == (
        f"DigitalOcean does not answer at {nowhere} (ConnectionError); see that this machine reaches the internet; "
        "https://status.digitalocean.com tells what is down there"
    )


@pytest.mark.parametrize(
    "fault", [Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.ERROR_BEFORE, Fault.ERROR_AFTER, Fault.TRUNCATED]
)
def test_a_create_of_unknown_outcome_is_sent_once(account: DigitalOceanAccount, site: Site, fault: Fault) -> None:
    site.faults = always(fault)
    with pytest.raises(CloudError) as caught:
        account.create_droplet(ORDER)
    assert (caught.value.unknown, len(site.calls)) == (True, 1)


def test_a_create_that_was_not_looked_at_is_sent_again_when_it_may_be(account: DigitalOceanAccount, site: Site) -> None:
    site.faults = only(Fault.BUSY, 0)
    begin = site.world.now
    account.create_droplet(ORDER)
    assert ((site.world.now - begin).total_seconds(), len(site.world.droplets)) == (7, 1)


def test_too_many_requests_is_told_when_it_lasts(account: DigitalOceanAccount, site: Site) -> None:
    site.faults = always(Fault.BUSY)
    with pytest.raises(CloudError, match="DigitalOcean has had too many requests") as caught:
        account.create_droplet(ORDER)
    assert (caught.value.status, caught.value.unknown, site.world.droplets) == (429, False, [])


@pytest.mark.parametrize(
    ("ask", "request_"),
    [
        (lambda account: account.volume("v"), "GET volumes/v"),
        (lambda account: account.delete_volume("v"), "DELETE volumes/v"),
        (lambda account: account.create_droplet(ORDER), "POST droplets"),
    ],
    ids=["reads", "deletes", "creates"],
)
def test_a_redirect_is_no_answer_and_is_not_followed(
    account: DigitalOceanAccount, site: Site, ask: Callable[[DigitalOceanAccount], object], request_: str
) -> None:
    site.faults = always(Fault.REDIRECT)
    with pytest.raises(RefusedError, match=rf"^DigitalOcean refuses {request_} \(302\): Found$"):
        ask(account)
    assert [call.path for call in site.calls] == [f"/v2/{request_.partition(' ')[2]}"]


def test_a_hang_ends(server: Server, site: Site) -> None:
    site.faults = always(Fault.HANG)
    api = Api(TOKEN, site.world.clock, f"{server.address}/v2", Patience(read=0.1, attempts=1))
    with closing(api), pytest.raises(CloudError, match="it takes too long"):
        DigitalOceanAccount(api).regions()


def test_what_is_gone_can_be_deleted_and_not_looked_up(account: DigitalOceanAccount) -> None:
    account.destroy_droplet(1)
    account.delete_volume("00000000-0000-0000-0000-000000000001")
    account.delete_firewall("00000000-0000-0000-0000-000000000001")
    account.delete_tag("gpu-lab:a")
    with pytest.raises(MissingError):
        account.droplet(1)


def test_a_tag_that_is_there_may_be_made_again(account: DigitalOceanAccount, world: World) -> None:
    account.create_tag("gpu-lab:a")
    account.create_tag("gpu-lab:a")
    assert world.tags == ["gpu-lab:a"]


def test_refusals_of_a_droplet_are_told_apart(account: DigitalOceanAccount, world: World) -> None:
    world.gpu_limit = 0
    with pytest.raises(QuotaError, match="will exceed your GPU limit"):
        account.create_droplet(ORDER)
    world.sold_out = {ORDER.size}
    with pytest.raises(StockError, match="DigitalOcean has none left"):
        account.create_droplet(ORDER)
    world.sizes = []
    with pytest.raises(RefusedError, match="DigitalOcean refuses POST droplets") as caught:
        account.create_droplet(ORDER)
    assert (caught.value.status, caught.value.request_id) == (422, "4d9d8375-3c56-4925-a3e7-eb137fed17e9")


def test_droplets_with_a_gpu_are_listed_with_the_others(account: DigitalOceanAccount) -> None:
    made = [account.create_droplet(ORDER).id]
    cheap = NewDroplet("b", "s-2vcpu-4gb", "tor1", "ubuntu-24-04-x64", 7, "", ("gpu-lab:b",), "")
    made.append(account.create_droplet(cheap).id)
    assert [droplet.id for droplet in account.droplets("gpu-lab:a")] == made


def test_neither_token_nor_user_data_is_in_a_log_or_an_error(
    account: DigitalOceanAccount, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    held = []
    for fault in Fault:
        if fault is not Fault.HANG:
            site.faults = always(fault)
            with pytest.raises(CloudError) as caught:
                account.create_droplet(ORDER)
            held += Search((TOKEN, SECRET)).in_error(caught.value)
    said = caplog.text + repr(ORDER) + repr(account) + str(vars(account))
    assert (held, TOKEN in said, SECRET in said) == ([], False, False)
    assert "POST /v2/droplets" in caplog.text


def test_a_netrc_file_does_not_take_the_tokens_place(
    server: Server, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with closing(Api(TOKEN, site.world.clock, f"{server.address}/v2")) as api:
        DigitalOceanAccount(api).regions()
    assert [call.token for call in site.calls] == [TOKEN]


@pytest.mark.usefixtures("document")
def test_the_scopes_that_are_told_are_those_of_digitaloceans_document(scene: Scene) -> None:
    """So a token with the scopes of the table, and no other, is enough for a lab's whole life."""
    judge = contract()
    assert judge is not None
    scene.world.scopes = set(SCOPES.values())
    needed: set[str] = set()
    for goal in (Goal.RUNNING, Goal.PARKED, Goal.RUNNING, Goal.ERASED):
        scene.go(goal)
        for call in scene.site.calls:
            if call.path.startswith("/v2/"):
                told = scope(f"{call.method} {call.path.removeprefix('/v2/')}")
                assert told in judge.scopes(call.method, call.path)
                needed.add(told)
    # A firewall that was opened, a droplet that was switched off, a volume that was detached.
    assert set(SCOPES.values()) - needed == {"firewall:update", "droplet:update", "block_storage_action:create"}


@pytest.mark.usefixtures("document")
def test_the_contract_refuses_what_the_library_would_send_by_itself(account: DigitalOceanAccount, site: Site) -> None:
    """So that keeping to it means something."""
    judge = contract()
    assert judge is not None
    body = {"name": "a", "size": "s", "image": "i"}
    assert judge.faults("POST", "/v2/droplets", {}, body) == []
    assert judge.faults("POST", "/v2/droplets/", {}, body) == ["POST /v2/droplets/: no such operation"]
    assert judge.faults("POST", "/v2/droplets", {}, {**body, "vpc_uuid": None}) != []
    assert judge.faults("DELETE", "/v2/droplets/1", {}, {}) == ["DELETE /v2/droplets/1: has a body"]
    account.create_volume(NewVolume("a", "tor1", 10, "gpu-lab", ("gpu-lab:a",)))
    assert site.violations == []
