"""Container images written from files of this machine: no Dockerfile, no registry, no daemon.

The format is the one of `docker save`, which `ctr images import` reads:
https://github.com/moby/docker-image-spec/blob/main/spec.md
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from testnode.standin import StandIn

MACHINE_FOLDERS = tuple(Path("/usr") / name for name in ("bin", "sbin", "lib", "lib64", "libexec", "share"))
"""This machine's folders that the node binds over every image. Not all of /usr: /usr/local is the
image's own, real images have their entrypoints there."""

SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
EPOCH = "1970-01-01T00:00:00Z"
NOBODY = 65534

# As on Debian these are links into /usr, where the machine's programs are bound: an interpreter
# path such as /lib64/ld-linux-x86-64.so.2 must hold in every image. /bin is a folder of the image,
# since real images have programs of their own there.
MERGED_USR = {"lib": "usr/lib", "lib64": "usr/lib64", "sbin": "usr/sbin"}
SHELLS = {"bin/sh": "/usr/bin/sh", "bin/bash": "/usr/bin/bash"}


@dataclass(frozen=True)
class Image:
    """What an image holds and says. Every image also has /tmp, /etc/passwd and /etc/group.

    Attributes:
        references: all names that the image has on the node.
        entrypoint: the program that always runs, or nothing.
        cmd: its arguments, or the program, where the pod gives none.
        env: variables beside PATH.
        user: number or `number:number`; empty for root.
        working_directory: where the program starts.
        stop_signal: what asks the program to end; empty for SIGTERM.
        files: path in the image -> its content, or a file of this machine to copy.
        directories: path in the image -> mode.
        links: path in the image -> where the symbolic link points.
        users: name -> number, for /etc/passwd and /etc/group, beside root and nobody.

    """

    references: tuple[str, ...]
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    working_directory: str = "/"
    stop_signal: str = ""
    files: Mapping[str, str | Path] = field(default_factory=dict)
    directories: Mapping[str, int] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, int] = field(default_factory=dict)


def stand_in_image(reference: str, stand_in: StandIn) -> Image:
    """Return the image that takes the place of `reference`."""
    return Image(
        references=local_names(reference),
        entrypoint=stand_in.entrypoint,
        cmd=stand_in.cmd,
        env=stand_in.env,
        user=stand_in.user,
        working_directory=stand_in.working_directory,
        stop_signal=stand_in.stop_signal,
        files=stand_in.files,
        directories=stand_in.directories,
        links=SHELLS | dict(stand_in.links),
        users=stand_in.users,
    )


def local_names(reference: str) -> tuple[str, ...]:
    """Return the names by which a container runtime finds `reference` in its own store.

    A tag beside a digest says nothing to the runtime: it looks for `repository@digest` alone.
    """
    named, _, digest = reference.partition("@")
    tagged = ":" in named.rpartition("/")[2]
    repository = named.rpartition(":")[0] if tagged else named
    return tuple(name for name, given in ((named, tagged), (f"{repository}@{digest}", digest)) if given)


def write_archive(image: Image, target: Path) -> None:
    """Write the image as one archive. The same image gives the same bytes."""
    layer = _layer(image)
    diff_id = hashlib.sha256(layer).hexdigest()
    config = json.dumps(_config(image, f"sha256:{diff_id}"), sort_keys=True).encode()
    config_name = f"{hashlib.sha256(config).hexdigest()}.json"
    layer_name = f"{diff_id}/layer.tar"
    manifest = [{"Config": config_name, "RepoTags": list(image.references), "Layers": [layer_name]}]
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as archive:
        _add(archive, config_name, config)
        _add(archive, layer_name, layer)
        _add(archive, "manifest.json", json.dumps(manifest).encode())


def _config(image: Image, diff_id: str) -> dict[str, object]:
    env = {"PATH": SEARCH_PATH} | dict(image.env)
    return {
        "architecture": "amd64",
        "os": "linux",
        "created": EPOCH,
        "config": {
            "Env": [f"{name}={value}" for name, value in env.items()],
            "Entrypoint": list(image.entrypoint) or None,
            "Cmd": list(image.cmd) or None,
            "User": image.user,
            "WorkingDir": image.working_directory,
            "StopSignal": image.stop_signal or None,
        },
        "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        "history": [{"created": EPOCH, "created_by": "gpu-lab testnode"}],
    }


def _layer(image: Image) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.GNU_FORMAT) as archive:
        root = _Root(archive)
        for path, mode in ({"tmp": 0o1777} | dict(image.directories)).items():
            root.folder(path, mode)
        for path, target in (MERGED_USR | dict(image.links)).items():
            root.link(path, target)
        for path, source in (_accounts(image.users) | dict(image.files)).items():
            root.file(path, source)
    return content.getvalue()


def _accounts(users: Mapping[str, int]) -> dict[str, str]:
    """Return /etc/passwd and /etc/group: some programs die where their number has no name."""
    everyone = {"root": 0, "nobody": NOBODY} | dict(users)
    passwd = (f"{name}:x:{uid}:{uid}::/:/bin/sh\n" for name, uid in everyone.items())
    group = (f"{name}:x:{uid}:\n" for name, uid in everyone.items())
    return {"etc/passwd": "".join(passwd), "etc/group": "".join(group)}


class _Root:
    """The file system of an image in the making; parents come before what they hold."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self._made: set[PurePosixPath] = {PurePosixPath()}

    def folder(self, path: str | PurePosixPath, mode: int = 0o755) -> None:
        relative = PurePosixPath(str(path).strip("/"))
        if relative in self._made:
            return
        self.folder(relative.parent)
        self._made.add(relative)
        entry = tarfile.TarInfo(str(relative))
        entry.type, entry.mode = tarfile.DIRTYPE, mode
        self._archive.addfile(entry)

    def link(self, path: str, target: str) -> None:
        entry = self._entry(path)
        entry.type, entry.linkname = tarfile.SYMTYPE, target
        self._archive.addfile(entry)

    def file(self, path: str, source: str | Path) -> None:
        content = source.encode() if isinstance(source, str) else source.read_bytes()
        _add(self._archive, self._entry(path).name, content, mode=0o755)

    def _entry(self, path: str) -> tarfile.TarInfo:
        relative = PurePosixPath(path.strip("/"))
        self.folder(relative.parent)
        return tarfile.TarInfo(str(relative))


def _add(archive: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))
