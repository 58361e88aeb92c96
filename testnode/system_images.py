"""The images that the node itself needs, each made from one program of the cache."""

from __future__ import annotations

from pathlib import Path

from testnode import binaries
from testnode.binaries import GoProgram
from testnode.images import SHELLS, Image

# No registry has this name (RFC 2606), so none of these can be taken for a published image.
_OWN = "testnode.invalid"
PAUSE_IMAGE = f"{_OWN}/pause:1"
COREDNS_IMAGE = f"{_OWN}/coredns:{binaries.COREDNS.version}"
STORAGE_IMAGE = f"{_OWN}/local-path-provisioner:{binaries.LOCAL_PATH.version}"
PROBE_IMAGE = "docker.io/library/busybox:1.37"
"""Has what busybox is used for: a shell and the usual tools, which are this machine's, and `netprobe`."""


def system_images() -> tuple[Image, ...]:
    """Return the images; the programs must be built."""
    return (
        Image((PAUSE_IMAGE,), ("/pause",), user="65535:65535", files={"pause": _program(binaries.PAUSE)}),
        Image((COREDNS_IMAGE,), ("/coredns",), files={"coredns": _program(binaries.COREDNS)}),
        Image(
            (STORAGE_IMAGE,),
            cmd=("local-path-provisioner",),
            files={"usr/local/bin/local-path-provisioner": _program(binaries.LOCAL_PATH)},
        ),
        Image(
            (PROBE_IMAGE,),
            cmd=("sh",),
            files={"usr/local/bin/netprobe": _program(binaries.NETPROBE)},
            links=SHELLS,
        ),
    )


def _program(program: GoProgram) -> Path:
    return program.recipe.folder / program.name
