"""What the processes of a node are told when they start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from testnode.layout import Layout


@dataclass(frozen=True)
class Setup:
    """The part of a plan that the node's own processes carry out.

    Attributes:
        layout: where the node is.
        server_only: no kubelet: objects can be written and validated, pods never run.
        gpus: how many devices of `nvidia.com/gpu` the node itself advertises; none where a pod does.
        binds: folders of this machine that every container sees, read-only.
        outer_addresses: addresses that this machine has, beside its own, as seen from the node.

    """

    layout: Layout
    server_only: bool = False
    gpus: int = 2
    binds: tuple[Path, ...] = ()
    outer_addresses: tuple[str, ...] = ()

    def save(self) -> None:
        """Write it into the node's folder."""
        _file(self.layout.folder).write_bytes(_SETUP.dump_json(self))

    @staticmethod
    def load(folder: Path) -> Setup:
        """Read what `save` wrote."""
        return _SETUP.validate_json(_file(folder).read_bytes())


_SETUP = TypeAdapter(Setup)


def _file(folder: Path) -> Path:
    return folder / "setup.json"
