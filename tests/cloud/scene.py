"""One case: a world, a lab, and ways that begin as in a new process each time."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Self

import httpx
from httpx_retries import Retry

from ailab.spec import LabSpec, load
from infra.api import Api, Patience
from infra.cloud.account import DigitalOceanAccount
from infra.cloud.identity import Identity
from infra.cloud.journey import Journey
from infra.cloud.observed import Observed
from infra.cloud.prospect import Prospect
from infra.cloud.record import Record, opened
from infra.cloud.steps import AuthKey, Target
from infra.cloud.wanted import Goal
from infra.tailscale import OAuthClient, Tailscale
from tests.cloud.fake.clock import VirtualClock
from tests.cloud.fake.host import FakeHost
from tests.cloud.fake.server import Faults, Server, Site
from tests.cloud.fake.tailscale import CLIENT_SECRET
from tests.cloud.fake.world import PUBLIC_KEY, TOKEN, Droplet, Json, Pace, World

LAB: Final = f"""\
name = "gpu-lab"
tailnet = "tail1a2b3c"
ollama.models = [{{ alias = "llama3.1", tag = "llama3.1:8b-instruct-q4_K_M" }}]
host.ssh_keys = ["{PUBLIC_KEY}"]
[droplet]
sizes = ["gpu-l40sx1-48gb", "gpu-6000adax1-48gb"]
"""
PATIENT: Final = Patience(read=20)
NEVER: Final[Faults] = lambda _number: None  # noqa: E731 - a value of its type


class Scene:
    """A lab and its world.

    Attributes:
        site: what the server shows.
        world: what there is.
        folder: the lab's state folder.
        address: the server's.

    """

    def __init__(self, server: Server, folder: Path, pace: Pace | None = None, lab: str = LAB) -> None:
        folder.mkdir(exist_ok=True)
        self._move(Site(World(VirtualClock(), pace or Pace())), server, folder)
        self.ssh_key.write_text("private", encoding="utf-8")
        self.ssh_key.with_suffix(".pub").write_text(PUBLIC_KEY.replace("operator", "another comment"), encoding="utf-8")
        self.file.write_text(lab, encoding="utf-8")

    def copied(self, site: Site, server: Server, folder: Path) -> Self:
        """Return the same in another place, whose files are there already."""
        other = copy.copy(self)
        other._move(site, server, folder)  # noqa: SLF001 - of its own class
        return other

    def _move(self, site: Site, server: Server, folder: Path) -> None:
        self.site = server.site = site
        self.world = site.world
        self.host = FakeHost(self.world)
        self.folder = folder / "state"
        self.ssh_key = folder / "id_ed25519"
        self.file = folder / "gpu-lab.toml"
        self.address = server.address

    @property
    def lab(self) -> LabSpec:
        return load(self.file)

    @contextmanager
    def journey(self, record: Record, patience: Patience = PATIENT) -> Iterator[Journey]:
        """Connect as a new process would."""
        api = Api(TOKEN, self.world.clock, f"{self.address}/v2", patience)
        net = Tailscale(
            lambda: OAuthClient("client", CLIENT_SECRET),
            f"{self.address}/api/v2/",
            Retry(total=2),
            httpx.Timeout(patience.read),
        )
        with closing(api), closing(net):
            yield Journey(self.lab, DigitalOceanAccount(api), net, self.host, record, self.world.clock, self.ssh_key)

    def go(self, goal: Goal, faults: Faults = NEVER, patience: Patience = PATIENT) -> Observed:
        """Go one way as a new process would."""
        self.site.faults = faults
        self.site.calls.clear()
        with self.working(patience) as journey:
            prospect = journey.prospect(goal)
            return journey.up(prospect) if goal is Goal.RUNNING else journey.leave(prospect)

    @contextmanager
    def working(self, patience: Patience = PATIENT) -> Iterator[Journey]:
        """Connect in order to change something."""
        with opened(self.folder) as record, self.journey(record, patience) as journey:
            yield journey

    def prospect(self, goal: Goal) -> Prospect:
        """Look, and keep nothing; all goes well."""
        self.site.faults = NEVER
        with self.journey(Record(self.folder)) as journey:
            return journey.prospect(goal)

    def serve_machine(self) -> None:
        """Let another process ask for the machine's steps."""

        def step(name: str, order: Json) -> str | None:
            target = Target(self.lab, order["address"], Path(order["folder"]), self.ssh_key)
            keys = (AuthKey(order["key"]) if order["key"] else None,) if name == "hand_over" else ()
            said: str | None = getattr(self.host, name)(target, *keys)
            return said

        self.site.machine = step

    @property
    def known(self) -> bool:
        """Whether a process before has left something to remember."""
        return (self.folder / "state.json").exists()

    @property
    def identity(self) -> Identity:
        record = Record(self.folder)
        record.read()
        return record.state.identity

    @property
    def droplets(self) -> list[Droplet]:
        """The droplets that are billed."""
        return [thing for thing in self.world.billed() if isinstance(thing, Droplet)]

    def left(self) -> dict[str, int]:
        """How many there are of each kind, now and from now on."""
        billed = self.world.billed()
        return {
            "droplets": len(self.droplets),
            "volumes": len(billed) - len(self.droplets),
            "firewalls": len(self.world.there(self.world.firewalls)),
            "devices": len(self.world.devices),
        }


def stop_at(where: str) -> Callable[[str], None]:
    """Make a host's interrupt that ends the process at one place."""

    def interrupt(place: str) -> None:
        if place == where:
            raise KilledError(where)

    return interrupt


class KilledError(BaseException):
    """The process ends here: nothing of this project catches it."""
