"""The program of the kill tests: one way of one lab, as a process that can be killed.

`python -m tests.cloud.killed ADDRESS FOLDER GOAL`: the fakes at ADDRESS also keep the time and do the machine's steps.
"""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from ailab.spec import LabSpec, load
from infra.api import Api
from infra.cloud.account import DigitalOceanAccount
from infra.cloud.journey import Journey
from infra.cloud.record import opened
from infra.cloud.steps import AuthKey, Target
from infra.cloud.wanted import Goal
from infra.shipping.host import NixosHost
from infra.tailscale import OAuthClient, Tailscale
from tests.cloud.fake.host import host_key
from tests.cloud.fake.tailscale import CLIENT_SECRET
from tests.cloud.fake.world import TOKEN


@dataclass(frozen=True)
class FarClock:
    """The clock of the fakes."""

    client: httpx.Client

    def now(self) -> datetime:
        return self._after(0)

    def sleep(self, seconds: float) -> None:
        self._after(seconds)

    def _after(self, seconds: float) -> datetime:
        return datetime.fromisoformat(self.client.post("/clock", json={"seconds": seconds}).json()["now"])


@dataclass(frozen=True)
class FarHost:
    """The machine of the fakes."""

    client: httpx.Client

    def check(self, _lab: LabSpec) -> None:
        """Have everything."""

    def make_keys(self, lab: LabSpec, folder: Path) -> None:
        NixosHost().make_keys(lab, folder)

    def lacks(self, folder: Path, *, machine: bool) -> tuple[str, ...]:
        return NixosHost().lacks(folder, machine=machine)

    def recovery(self, folder: Path, target: Target | None) -> str:
        return NixosHost().recovery(folder, target)

    def user_data(self, _lab: LabSpec, folder: Path) -> str:
        return f"#cloud-config of {host_key(folder)}"

    def reach(self, target: Target) -> None:
        self._do("reach", target)

    def install(self, target: Target) -> None:
        self._do("install", target)

    def hand_over(self, target: Target, key: AuthKey | None) -> None:
        self._do("hand_over", target, key.value if key else "")

    def member(self, target: Target) -> str | None:
        return self._do("member", target)

    def ship(self, target: Target) -> None:
        self._do("ship", target)

    def wait(self, target: Target) -> None:
        self._do("wait", target)

    def rest(self, target: Target) -> None:
        self._do("rest", target)

    def _do(self, step: str, target: Target, key: str = "") -> str | None:
        order = {"address": target.address, "folder": str(target.folder), "key": key}
        said: str | None = self.client.post(f"/machine/{step}", json=order).raise_for_status().json()["said"]
        return said


def main(address: str, folder: Path, goal: Goal) -> None:
    """Go the way."""
    with httpx.Client(base_url=address, timeout=60) as client, opened(folder / "state") as record:
        clock = FarClock(client)
        with (
            closing(Api(TOKEN, clock, f"{address}/v2")) as api,
            closing(Tailscale(lambda: OAuthClient("client", CLIENT_SECRET), f"{address}/api/v2/")) as tailnet,
        ):
            lab, key = load(folder / "gpu-lab.toml"), folder / "id_ed25519"
            way = Journey(lab, DigitalOceanAccount(api), tailnet, FarHost(client), record, clock, key)
            prospect = way.prospect(goal)
            if goal is Goal.RUNNING:
                way.up(prospect)
            else:
                way.leave(prospect)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Goal(sys.argv[3]))
