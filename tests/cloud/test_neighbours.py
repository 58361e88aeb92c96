"""What else is in the account stays as it is, however much it looks like the lab's."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.cloud.wanted import Goal
from tests.cloud.fake.server import Server
from tests.cloud.scene import Scene

# As near to the lab's own as others can come.
NAMES = st.sampled_from(["gpu-lab", "web", "gpu-lab-0123456789abc", "gpu-lab-2"])
TAGS = st.sets(st.sampled_from(["web", "gpu-lab", "gpu-lab:other", f"gpu-lab-uid:{'0' * 32}"]))
THINGS = st.lists(st.tuples(st.sampled_from(["droplet", "volume", "firewall"]), NAMES, TAGS), max_size=6)
BODY = {"region": "tor1", "size": "gpu-6000adax1-48gb", "size_gigabytes": 9, "inbound_rules": [], "outbound_rules": []}


def _move_in(scene: Scene, things: list[tuple[str, str, set[str]]]) -> set[str]:
    """Let neighbours be there; returns their ids."""
    makers = {
        "droplet": scene.world.new_droplet,
        "volume": scene.world.new_volume,
        "firewall": scene.world.new_firewall,
    }
    made = [makers[kind]({**BODY, "name": name, "tags": sorted(tags)}) for kind, name, tags in things]
    scene.world.tags += sorted({tag for _, _, tags in things for tag in tags})
    return {str(thing.id) for thing in made}


@settings(max_examples=12)
@given(things=THINGS)
def test_no_neighbour_is_touched_by_any_way(server: Server, things: list[tuple[str, str, set[str]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(server, Path(folder))
        ids = _move_in(scene, things)
        world = scene.world
        before = copy.deepcopy((world.droplets, world.volumes, world.firewalls, world.tags))
        asked: list[str] = []
        for goal in (Goal.RUNNING, Goal.PARKED, Goal.RUNNING, Goal.ERASED):
            scene.go(goal)
            asked += scene.site.mutating
        assert [call for call in asked if ids & set(call.split("/"))] == []
        neighbours = [
            [thing for thing in things if str(thing.id) in ids]
            for things in (world.droplets, world.volumes, world.firewalls)
        ]
        assert (*neighbours, world.tags) == before
