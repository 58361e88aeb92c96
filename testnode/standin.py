"""What runs on the test node in the place of an image that cannot be pulled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class StandIn:
    """A small root with the real image's entrypoint path, which runs a program of this machine.

    Pods name the real image; the node serves this one under exactly that reference.

    Attributes:
        repository: the real image without tag and digest, e.g. `docker.io/library/postgres`.
        program: name and version of what really runs.
        entrypoint: as in the real image; empty when it has none.
        cmd: as in the real image.
        env: the image's own variables; a pod's variables win.
        files: path in the image -> its text, or a file of this machine to copy. All are readable
            and executable by everyone. They must lie outside the folders that the node binds
            over every image (`testnode.images.MACHINE_FOLDERS`): those would hide them.
        directories: path in the image -> its mode, e.g. `{"/app/.cache": 0o777}`.
        links: path in the image -> where the symbolic link points.
        users: name -> number, for /etc/passwd and /etc/group, beside root and nobody.
        user: the image's USER, e.g. `999:999`; empty for root, as in the real image.
        working_directory: where the entrypoint starts, as in the real image.
        stop_signal: the image's STOPSIGNAL, e.g. `SIGINT`; empty where it names none.
        binds: folders of this machine that the program needs, visible in every container of the
            node, read-only, at the same path. Each folder and all below must be readable by
            everyone; what lies above it need not be.
        reasons: one line for each thing that differs from the real image.

    """

    repository: str
    program: str
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str | Path] = field(default_factory=dict)
    directories: Mapping[str, int] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, int] = field(default_factory=dict)
    user: str = ""
    working_directory: str = "/"
    stop_signal: str = ""
    binds: tuple[Path, ...] = ()
    reasons: tuple[str, ...] = ()
