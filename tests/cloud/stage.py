"""The pretended world of a rehearsal (`tests.cloud.rehearsal`), and one verb given in it."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import infra.labs
from ailab.spec import LabSpec, SpecError, load
from infra import cli, manifests
from infra.changes import Changes
from infra.checkup.finding import Finding, State
from infra.console import say
from infra.edges import edges
from infra.errors import LabError
from infra.labs import DIST, EXAMPLE_TAILNET
from infra.operator import Equipment
from tests.cloud.fake.clock import VirtualClock
from tests.cloud.fake.host import FakeHost
from tests.cloud.fake.server import Site, running
from tests.cloud.fake.world import PUBLIC_KEY, World
from tests.cloud.person import variables

# The others ask the machine, or a cluster, by programs that find none.
VERBS: Final = ("plan", "up", "status", "park", "down", "adopt", "gpu", "policy")
TAILNET: Final = "tail1a2b3c"
SLOW: Final = "--slow"
SHARE: Final = 1 / 15  # of a pretended second


def main(words: list[str]) -> None:
    """Give one verb."""
    slow, words = words[:1] == [SLOW], [word for word in words if word != SLOW]
    if not words or words[0] not in VERBS:
        say(f"rehearsal: give one of {', '.join(VERBS)}; the other verbs need a machine")
        sys.exit(2)
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gpu-lab" / "rehearsal"
    try:
        keys = _prepare(folder)
    except (LabError, SpecError) as error:
        say(str(error))
        sys.exit(1)
    with _world(folder / "world", keys) as world, running() as server:
        server.site = Site(world)
        world.clock.share = SHARE if slow else 0
        os.environ.update(variables(server.address, folder / "state"), HOME=str(folder))
        sys.argv[1:] = words
        cli.main(
            Equipment(
                clock=world.clock,
                host=FakeHost(world),
                examine=_arrows,
                compare=lambda _lab, _login: Changes((), ()),
                unapplied=lambda _login, _lab: None,
            )
        )


def _prepare(folder: Path) -> Sequence[str]:
    """Write the lab files and the operator's ssh key, and have the command read them; returns the public keys.

    Raises:
        SpecError: a file has faults.
        LabError: there is no lab file.

    """
    if not infra.labs.lab_names():
        infra.labs.all_labs()  # refuses that as every verb does
    for place in (folder / "labs", folder / ".ssh"):
        place.mkdir(parents=True, exist_ok=True)
    for file in (folder / "labs").iterdir():  # of the last command: a lab may have lost its file since
        file.unlink()
    keys: list[str] = []
    for file in infra.labs.LABS.glob("*.toml"):
        text = file.read_text(encoding="utf-8").replace(f'"{EXAMPLE_TAILNET}"', f'"{TAILNET}"')
        if not load(file).host.ssh_keys:
            text = f'host.ssh_keys = ["{PUBLIC_KEY}"]\n{text}'
        (folder / "labs" / file.name).write_text(text, encoding="utf-8")
        keys += load(folder / "labs" / file.name).host.ssh_keys
    (folder / ".ssh" / "id_ed25519").write_text("pretended\n", encoding="utf-8")
    (folder / ".ssh" / "id_ed25519.pub").write_text(f"{keys[0]}\n", encoding="utf-8")
    infra.labs.LABS = folder / "labs"
    return keys


@contextmanager
def _world(file: Path, keys: Sequence[str]) -> Iterator[World]:
    """Give the world as the last command left it, and keep it as this one leaves it."""
    # The file is this program's own, in a folder of whoever runs it.
    world: World = pickle.loads(file.read_bytes()) if file.exists() else World(VirtualClock())  # noqa: S301
    world.public_keys = list(keys)
    try:
        yield world
    finally:
        file.write_bytes(pickle.dumps(world))


def _arrows(lab: LabSpec) -> Sequence[Finding]:
    """Let every arrow of the lab hold."""
    return [Finding(edge, State.HOLDS, 0, "pretended") for edge in edges(manifests.read(DIST / lab.name))]
