"""What `infra.tailscale` asks and makes of the answers, against a stand-in after Tailscale's documentation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from httpx_retries import Retry

from infra.cloud.failure import CloudError, TokenError
from infra.cloud.tailnet import Device
from infra.tailscale import OAuthClient, Tailscale
from tests.canaries import Search
from tests.cloud.fake import tailscale
from tests.cloud.fake.server import Fault, Server, Site
from tests.cloud.fake.tailscale import ACCESS_TOKEN, AUTH_KEY, CLIENT_SECRET, device, join
from tests.cloud.scene import Scene


@pytest.fixture
def site(scene: Scene) -> Site:
    return scene.site


@pytest.fixture
def tailnet(server: Server, site: Site) -> Iterator[Tailscale]:
    assert site.calls == []
    address = f"{server.address}/api/v2/"
    with closing(
        Tailscale(lambda: OAuthClient("client", CLIENT_SECRET), address, Retry(total=2), httpx.Timeout(5))
    ) as tailnet:
        yield tailnet


def test_a_key_is_for_one_machine_that_stays_and_carries_the_labs_tag(tailnet: Tailscale, site: Site) -> None:
    key = tailnet.mint("gpu-lab 0123")
    assert site.calls[-1].body == {
        "capabilities": {
            "devices": {
                "create": {"reusable": False, "ephemeral": False, "preauthorized": True, "tags": ["tag:gpu-lab"]}
            }
        },
        "expirySeconds": 3600,
        "description": "gpu-lab 0123",
    }
    assert join(site.world, key.key.value, "gpu-lab")
    assert not join(site.world, key.key.value, "gpu-lab")
    assert key.key.value not in repr(key)


def test_a_key_is_taken_back_by_its_id_alone(tailnet: Tailscale, site: Site) -> None:
    other, own = tailnet.mint("gpu-lab 0123"), tailnet.mint("gpu-lab 0123")
    tailnet.revoke("gpu-lab 0123", own.id)
    assert list(site.world.auth_keys) == [other.id]
    assert [f"{call.method} {call.path}" for call in site.calls[-1:]] == [f"DELETE /api/v2/tailnet/-/keys/{own.id}"]
    tailnet.revoke("gpu-lab 0123", own.id)
    assert list(site.world.auth_keys) == [other.id]


def test_a_key_whose_id_was_lost_is_found_by_its_description_though_the_list_has_ids_alone(
    tailnet: Tailscale, site: Site
) -> None:
    other = tailnet.mint("another lab")
    tailnet.mint("gpu-lab 0123")
    tailnet.mint("gpu-lab 0123")
    tailnet.revoke("gpu-lab 0123", None)
    assert list(site.world.auth_keys) == [other.id]


def test_only_machines_with_the_name_and_the_labs_tag_are_the_labs(tailnet: Tailscale, site: Site) -> None:
    own = device(1, "gpu-lab", "gpu-lab.x.ts.net")
    phone = device(2, "gpu-lab", "gpu-lab-1.x.ts.net", tags=())
    other = device(3, "other", "other.x.ts.net")
    site.world.devices = [own, phone, other]
    [found] = tailnet.devices("gpu-lab")
    assert found == Device(id="n1CNTRL", hostname="gpu-lab", name="gpu-lab.x.ts.net", tags=("tag:gpu-lab",))
    tailnet.remove(found)
    tailnet.remove(found)
    assert site.world.devices == [phone, other]


def test_a_mint_of_unknown_outcome_is_not_repeated(tailnet: Tailscale, site: Site) -> None:
    tailnet.devices("gpu-lab")
    site.faults = lambda _number: Fault.ERROR_AFTER if site.mutating == [] and len(site.calls) == 2 else None
    with pytest.raises(CloudError) as caught:
        tailnet.mint("gpu-lab 0123")
    assert (caught.value.unknown, len(site.world.auth_keys)) == (True, 1)


def test_what_only_reads_is_asked_again(tailnet: Tailscale, site: Site) -> None:
    site.faults = lambda number: Fault.CUT_BEFORE if number == 1 else None
    assert tailnet.devices("gpu-lab") == ()


def test_where_nobody_answers_the_line_says_where_and_what_to_look_at() -> None:
    nowhere = "http://127.0.0.1:9/api/v2/"  # a port that nothing listens on
    unheard = Tailscale(lambda: OAuthClient("client", CLIENT_SECRET), nowhere, Retry(total=0))
    with closing(unheard) as tailnet, pytest.raises(CloudError) as caught:
        tailnet.devices("gpu-lab")
    assert str(caught.value) == (
        f"Tailscale does not answer at {nowhere} (ConnectError); see that this machine reaches the internet; "
        "https://status.tailscale.com tells what is down there"
    )


def test_a_token_that_has_ended_is_replaced_once(tailnet: Tailscale, site: Site) -> None:
    tailnet.devices("gpu-lab")
    site.world.clock.sleep(3600)
    key = tailnet.mint("gpu-lab 0123")
    assert [made["key"] for made in site.world.auth_keys.values()] == [key.key.value]
    assert [call.path for call in site.calls].count("/api/v2/oauth/token") == 2


def test_a_wrong_secret_is_told_without_it(server: Server, site: Site) -> None:
    with (
        closing(Tailscale(lambda: OAuthClient("client", "tskey-client-wrong"), f"{server.address}/api/v2/")) as tailnet,
        pytest.raises(TokenError, match="Tailscale refuses POST oauth/token") as caught,
    ):
        tailnet.devices("gpu-lab")
    assert ("wrong" in repr(caught.value), site.world.devices) == (False, [])


@pytest.mark.parametrize("call", [0, 1], ids=["the token", "the key"])
@pytest.mark.parametrize("fault", [fault for fault in Fault if fault not in {Fault.HANG, Fault.BUSY}])
def test_of_a_mint_that_fails_the_error_holds_no_secret(
    tailnet: Tailscale, site: Site, fault: Fault, call: int
) -> None:
    site.faults = lambda number: fault if number >= call else None
    with pytest.raises(CloudError) as caught:
        tailnet.mint("gpu-lab 0123")
    assert Search((CLIENT_SECRET, ACCESS_TOKEN, AUTH_KEY)).in_error(caught.value) == []


@pytest.mark.parametrize(
    ("path", "said"),
    [("oauth/token", {"access": ACCESS_TOKEN}), ("tailnet/-/keys", {"number": 1, "key": AUTH_KEY})],
    ids=["the token", "the key"],
)
def test_an_answer_that_cannot_be_read_is_told_and_not_shown(
    tailnet: Tailscale, monkeypatch: pytest.MonkeyPatch, path: str, said: dict[str, str | int]
) -> None:
    answer = tailscale.answer
    url = f"/api/v2/{path}"
    monkeypatch.setattr(
        tailscale, "answer", lambda world, call: (200, said) if call.path == url else answer(world, call)
    )
    with pytest.raises(CloudError) as caught:
        tailnet.mint("gpu-lab 0123")
    assert str(caught.value) == f"Tailscale answers {url} with something that cannot be read"
    assert Search((CLIENT_SECRET, ACCESS_TOKEN, AUTH_KEY)).in_error(caught.value) == []
