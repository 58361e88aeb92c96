"""Up, park, down, without anything going wrong."""

from __future__ import annotations

import pytest

from infra.cloud.account import DigitalOceanAccount
from infra.cloud.state import Kind
from infra.cloud.wanted import Goal
from infra.errors import LabError
from tests.cloud.scene import Scene, stop_at


def test_up_makes_one_of_each_and_a_second_up_changes_nothing(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    assert scene.left() == {"droplets": 1, "volumes": 1, "firewalls": 1, "devices": 1}
    steps = ["reach", "install", "hand_over", "ship", "wait"]
    assert scene.host.changes == steps
    scene.go(Goal.RUNNING)
    assert (scene.site.mutating, scene.host.changes) == ([], steps)


@pytest.mark.parametrize("goal", [Goal.PARKED, Goal.GONE])
def test_a_lab_that_was_stopped_and_not_destroyed_runs_again_after_up(scene: Scene, goal: Goal) -> None:
    scene.go(Goal.RUNNING)
    scene.host.interrupt = stop_at("after rest")
    with pytest.raises(BaseException, match="after rest"):
        scene.go(goal)
    [droplet] = scene.droplets
    assert droplet.rested
    scene.host.interrupt = lambda _where: None
    scene.go(Goal.RUNNING)
    assert (scene.droplets, droplet.rested) == ([droplet], False)


def test_the_firewall_is_there_before_the_droplet_and_lets_in_ssh_alone(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    [firewall], [droplet] = scene.world.firewalls, scene.world.droplets
    anywhere = {"addresses": ["0.0.0.0/0", "::/0"]}
    assert scene.site.mutating[:5] == [
        "POST /v2/tags",
        "POST /v2/tags",
        "POST /v2/firewalls",
        "POST /v2/volumes",
        "POST /v2/droplets",
    ]
    assert set(firewall.body["tags"]) <= set(droplet.tags)
    assert firewall.body["inbound_rules"] == [{"protocol": "tcp", "ports": "22", "sources": anywhere}]
    assert firewall.body["outbound_rules"] == [
        {"protocol": protocol, "ports": "0", "destinations": anywhere} for protocol in ("tcp", "udp", "icmp")
    ]


def test_direct_tailscale_opens_its_port_and_no_other(scene: Scene) -> None:
    scene.file.write_text(scene.file.read_text(encoding="utf-8") + "direct_tailscale = true\n", encoding="utf-8")
    scene.go(Goal.RUNNING)
    [firewall] = scene.world.firewalls
    assert [(rule["protocol"], rule["ports"]) for rule in firewall.body["inbound_rules"]] == [
        ("tcp", "22"),
        ("udp", "41641"),
    ]


def test_a_firewall_that_somebody_opened_is_closed_again(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    [firewall] = scene.world.firewalls
    rules = list(firewall.body["inbound_rules"])
    firewall.body["inbound_rules"].append({**rules[0], "ports": "80"})
    scene.go(Goal.RUNNING)
    assert scene.site.mutating == [f"PUT /v2/firewalls/{firewall.id}"]
    assert firewall.body["inbound_rules"] == rules


def test_rules_that_digitalocean_does_not_keep_are_told_and_not_sent_for_ever(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {"protocol": "tcp", "ports": "80", "sources": {"addresses": ["0.0.0.0/0"]}}
    monkeypatch.setattr("tests.cloud.fake.answers._rule", lambda _rule, ends: {**kept, ends: kept["sources"]})
    with pytest.raises(LabError, match="DigitalOcean says that this is done, and shows that it is not: firewall"):
        scene.go(Goal.RUNNING)
    assert (len([call for call in scene.site.mutating if call.startswith("PUT")]), scene.droplets) == (1, [])


def test_park_ends_the_droplet_and_up_resumes_on_the_same_volume_and_device(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    [volume], devices = scene.world.volumes, list(scene.world.devices)
    scene.go(Goal.PARKED)
    assert scene.site.mutating == [f"DELETE /v2/droplets/{scene.world.droplets[0].id}"]
    assert (scene.left()["droplets"], scene.world.billed()) == (0, [volume])
    scene.go(Goal.RUNNING)
    [droplet] = scene.droplets
    assert scene.world.droplets_of(volume) == [droplet.id]
    assert scene.world.devices == devices
    assert droplet.host_key == scene.world.droplets[0].host_key


def test_the_machine_rests_before_it_is_destroyed(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    scene.host.interrupt = stop_at("before rest")
    with pytest.raises(BaseException, match="before rest"):
        scene.go(Goal.PARKED)
    assert (scene.site.mutating, len(scene.droplets)) == ([], 1)


def test_a_machine_that_does_not_answer_can_be_parked_at_once(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    scene.host.interrupt = stop_at("before rest")
    with scene.working() as journey:
        journey.leave(journey.prospect(Goal.PARKED), at_once=True)
    assert scene.droplets == []


@pytest.mark.parametrize(("goal", "verb"), [(Goal.PARKED, "park"), (Goal.GONE, "down")])
def test_where_the_machine_is_a_stranger_the_way_without_it_is_named_and_the_droplet_stays(
    scene: Scene, goal: Goal, verb: str
) -> None:
    scene.go(Goal.RUNNING)
    [droplet] = scene.droplets
    (scene.folder / "ssh_host_ed25519_key").write_text("another", encoding="utf-8")
    with pytest.raises(LabError) as caught:
        scene.go(goal)
    assert str(caught.value) == (
        f"{droplet.address}: answers with another host key; ./lab {verb} --at-once ends the droplet without saving "
        "what is in memory"
    )
    assert (scene.site.mutating, scene.droplets) == ([], [droplet])


@pytest.mark.parametrize("goal", [Goal.PARKED, Goal.GONE])
def test_a_machine_that_was_never_installed_has_nothing_to_save(scene: Scene, goal: Goal) -> None:
    scene.host.interrupt = stop_at("before install")
    with pytest.raises(BaseException, match="before install"):
        scene.go(Goal.RUNNING)
    scene.host.interrupt = lambda _where: None
    scene.go(goal)
    assert (scene.droplets, scene.host.changes) == ([], ["reach"])


def test_down_keeps_the_volume_and_its_tags(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    tags = scene.world.tags
    scene.go(Goal.GONE)
    assert scene.left() == {"droplets": 0, "volumes": 1, "firewalls": 0, "devices": 0}
    assert scene.world.tags == tags
    scene.go(Goal.RUNNING)
    assert scene.left() == {"droplets": 1, "volumes": 1, "firewalls": 1, "devices": 1}


def test_down_with_its_data_leaves_nothing_at_all(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    scene.go(Goal.ERASED)
    assert scene.left() == {"droplets": 0, "volumes": 0, "firewalls": 0, "devices": 0}
    assert (scene.world.tags, scene.world.auth_keys) == ([], {})
    assert not (scene.folder / "state.json").exists()


def test_a_droplet_that_somebody_switched_off_is_switched_on(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    scene.droplets[0].off = True
    scene.go(Goal.RUNNING)
    assert scene.site.mutating == [f"POST /v2/droplets/{scene.droplets[0].id}/actions"]


def test_a_volume_that_somebody_detached_is_attached_again(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    [volume] = scene.world.volumes
    volume.attached = {}
    scene.go(Goal.RUNNING)
    assert scene.world.droplets_of(volume) == [scene.droplets[0].id]


def test_a_droplet_that_is_in_no_list_is_found_by_its_volume(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.go(Goal.RUNNING)
    [droplet], [volume] = scene.droplets, scene.world.volumes
    monkeypatch.setattr(DigitalOceanAccount, "droplets", lambda *_words: ())
    with scene.working() as journey:
        journey.record.forget(Kind.DROPLET)
        assert [found.id for found in journey.look().droplets] == [droplet.id]
    droplet.name, droplet.tags = "another", []
    with scene.working() as journey:
        journey.record.forget(Kind.DROPLET)
        assert journey.look().droplets == ()
    assert scene.world.droplets_of(volume) == [droplet.id]


def test_what_holds_the_volume_is_named(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    scene.go(Goal.PARKED)
    [volume] = scene.world.volumes
    other = scene.world.new_droplet({"name": "other", "region": "tor1", "size": "s-2vcpu-4gb"})
    volume.attached = {other.id: scene.world.now}
    with pytest.raises(LabError) as caught:
        scene.go(Goal.ERASED)
    message = f"volume {volume.name} is with droplet other, and after 180 s not free; detach it there"
    assert str(caught.value) == message


def test_nothing_is_kept_or_changed_by_looking(scene: Scene) -> None:
    assert len(scene.prospect(Goal.RUNNING).actions) == 5
    assert (scene.site.mutating, list(scene.folder.parent.glob("state*"))) == ([], [])


@pytest.mark.parametrize("goal", [Goal.PARKED, Goal.GONE, Goal.ERASED])
def test_where_nothing_is_known_and_nothing_there_nothing_is_done(scene: Scene, goal: Goal) -> None:
    assert scene.prospect(goal).empty
    scene.go(goal)
    assert (scene.site.mutating, scene.known) == ([], False)


def test_an_auth_key_is_made_for_one_machine_and_none_for_one_that_has_joined(scene: Scene) -> None:
    scene.host.interrupt = stop_at("before hand_over")
    with pytest.raises(BaseException, match="before hand_over"):
        scene.go(Goal.RUNNING)
    assert len(scene.world.auth_keys) == 1
    scene.host.interrupt = lambda _where: None
    scene.go(Goal.RUNNING)
    assert (scene.world.auth_keys, [device["name"] for device in scene.world.devices]) == ({}, ["gpu-lab"])
    scene.go(Goal.RUNNING)
    assert scene.world.auth_keys == {}
