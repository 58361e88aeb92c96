"""Up, park, down, without anything going wrong."""

from __future__ import annotations

from infra.cloud.wanted import Goal
from tests.cloud.scene import Scene


def test_up_makes_one_of_each_and_a_second_up_changes_nothing(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    assert scene.left() == {"droplets": 1, "volumes": 1, "firewalls": 1, "devices": 1}
    assert scene.host.changes == ["install", "hand_over"]
    scene.go(Goal.RUNNING)
    assert (scene.site.mutating, scene.host.changes) == ([], ["install", "hand_over"])
