"""A lab's way as its operator goes it: with credentials, a lock, the machine itself, and a last word when it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click

from ailab.spec import LabSpec
from infra.api import Api
from infra.changes import Changes, changes
from infra.checkup.finding import Finding
from infra.cloud.account import DigitalOceanAccount
from infra.cloud.clock import Clock, MachineClock
from infra.cloud.journey import Journey
from infra.cloud.observation import SETTLE
from infra.cloud.record import Record, folder_of, opened
from infra.cloud.state import Kind
from infra.cloud.steps import Host
from infra.console import doing, say
from infra.credentials import known, oauth_client, tailnet_api, token
from infra.doctor import on_machine
from infra.errors import LabError
from infra.secrets import given
from infra.shipping.cluster import unapplied
from infra.shipping.host import NixosHost
from infra.shipping.reached import Reached
from infra.ssh import Login
from infra.tailscale import Tailscale

SSH_KEY: Final = Path("~/.ssh/id_ed25519")


@dataclass(frozen=True)
class Equipment:
    """What an operator's way goes by beside the two clouds; a rehearsal gives another as the object of click's context.

    Attributes:
        clock: what time it is.
        host: the machine.
        examine: tries every arrow of the lab that runs there.
        compare: finds what another `up` would change there.
        unapplied: asks it why k3s has not applied a lab's manifests; None where it has.

    """

    clock: Clock = field(default_factory=MachineClock)
    host: Host = field(default_factory=lambda: NixosHost(owners=given(None), known=known(), tell=say))
    examine: Callable[[LabSpec], Sequence[Finding]] = on_machine
    compare: Callable[[LabSpec, Login], Changes] = changes
    unapplied: Callable[[Login, str], str | None] = unapplied


def equipment() -> Equipment:
    """Give what the command that runs goes by."""
    context = click.get_current_context(silent=True)
    return (context and context.find_object(Equipment)) or Equipment()


@contextmanager
def looking(lab: LabSpec, ssh_key: Path | None = None) -> Iterator[Journey]:
    """Connect in order to look: nothing is kept, and another process may work on the lab meanwhile.

    Raises:
        LabError: credentials are missing.

    """
    record = Record(folder_of(lab.name))
    record.read()
    with _journey(lab, record, own_key(record.folder, ssh_key), settle=0.0) as journey:
        yield journey


@contextmanager
def working(lab: LabSpec, ssh_key: Path | None = None) -> Iterator[Journey]:
    """Connect in order to change something, as the only process that does.

    Raises:
        LabError: credentials are missing, or another process works on the lab.

    """
    key = own_key(folder_of(lab.name), ssh_key)
    with opened(folder_of(lab.name)) as record, _journey(lab, record, key) as journey:
        yield journey


@contextmanager
def begun(record: Record) -> Iterator[None]:
    """Say what is there when what is done here fails or is cut off; what is refused before has changed nothing."""
    try:
        yield
    except BaseException:
        for line in remains(record):
            say(line)
        raise


def own_key(folder: Path, named: Path | None) -> Path:
    """Say where the operator's private key is: the one named, or that which the machine took, or the usual one.

    Args:
        folder: the lab's.
        named: the key, or its public half, which lies beside it.

    """
    if named is None:
        with suppress(LabError):
            return Reached.recall(folder).identity
    key = (named or SSH_KEY).expanduser().absolute()
    return key.with_suffix("") if key.suffix == ".pub" else key


@contextmanager
def _journey(lab: LabSpec, record: Record, ssh_key: Path, settle: float = SETTLE) -> Iterator[Journey]:
    access = token()
    own = equipment()
    with (
        closing(Api(access.value, own.clock, access.api)) as api,
        closing(Tailscale(oauth_client, tailnet_api())) as tailnet,
    ):
        yield Journey(lab, DigitalOceanAccount(api), tailnet, own.host, record, own.clock, ssh_key, doing, settle)


def remains(record: Record) -> Iterator[str]:
    """Say what a way that was cut off has left, and how to go on; no call is made for it."""
    state = record.known
    if state is None or not state.things:
        return
    for kind, entry in state.things.items():
        if entry.doomed:
            yield f"the end of {kind} {state.identity.name} was asked for; it may still be there"
        else:
            yield f"{kind} {state.identity.name} is there" if entry.id else f"a {kind} was asked for and may be there"
    if Kind.DROPLET in state.things:
        ways = "./lab park makes sure of its end" if record.ending else "./lab up goes on, ./lab park ends it"
        yield f"a droplet is billed until it is gone: {ways}, ./lab status looks"
    elif Kind.VOLUME in state.things:
        # Its deletion is named to nobody who has not asked for it: the data of the lab is there.
        asked = f"./lab down --delete-data {state.lab} makes sure of its end"
        ways = asked if state.things[Kind.VOLUME].doomed else "./lab up goes on with it, ./lab status looks"
        yield f"a volume is billed until it is gone: {ways}"
