"""Which droplet is ordered, and what is told when there is none to be had."""

from __future__ import annotations

import pytest

from infra.cloud.failure import QuotaError, StockError
from infra.cloud.wanted import Goal
from tests.cloud.fake.world import Size
from tests.cloud.scene import Scene


def _orders(scene: Scene) -> list[str]:
    return [call.body["size"] for call in scene.site.calls if (call.method, call.path) == ("POST", "/v2/droplets")]


def test_a_size_that_is_listed_and_not_given_is_followed_by_the_next(scene: Scene) -> None:
    scene.world.sold_out = {"gpu-l40sx1-48gb"}
    scene.go(Goal.RUNNING)
    assert _orders(scene) == ["gpu-l40sx1-48gb", "gpu-6000adax1-48gb"]
    assert [(droplet.size, droplet.region) for droplet in scene.droplets] == [("gpu-6000adax1-48gb", "tor1")]


def test_each_size_is_asked_for_once_and_its_refusal_told(scene: Scene) -> None:
    scene.world.sold_out = {"gpu-l40sx1-48gb", "gpu-6000adax1-48gb"}
    with pytest.raises(StockError) as caught:
        scene.go(Goal.RUNNING)
    assert _orders(scene) == ["gpu-l40sx1-48gb", "gpu-6000adax1-48gb"]
    request = "request 4d9d8375-3c56-4925-a3e7-eb137fed17e9"
    told = f"DigitalOcean has none left: Size is not available in this region ({request})"
    assert str(caught.value) == (
        f"no droplet to be had in tor1 (gpu-l40sx1-48gb: {told}; gpu-6000adax1-48gb: {told}); name other sizes in "
        "droplet.sizes, or try later"
    )
    assert scene.droplets == []


def test_a_quota_is_no_shortage_and_no_other_size_is_asked_for(scene: Scene) -> None:
    scene.world.gpu_limit = 0
    with pytest.raises(QuotaError) as caught:
        scene.go(Goal.RUNNING)
    assert str(caught.value) == (
        "DigitalOcean does not let this account have more: creating this/these droplet(s) will exceed your GPU limit; "
        "ask its support for a higher limit (GPU droplets have one of their own, 0 at first) "
        "(request 4d9d8375-3c56-4925-a3e7-eb137fed17e9)"
    )
    assert (_orders(scene), scene.droplets) == (["gpu-l40sx1-48gb"], [])


def test_a_parked_lab_waits_for_its_region_rather_than_begin_without_its_data(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    scene.go(Goal.PARKED)
    scene.world.sizes = [Size("gpu-l40sx1-48gb", 1.57, ("nyc2",)), Size("gpu-6000adax1-48gb", 1.57, ("nyc2",))]
    with pytest.raises(StockError, match="now only in nyc2"):
        scene.go(Goal.RUNNING)
    assert (scene.site.mutating, scene.left()["volumes"]) == ([], 1)
