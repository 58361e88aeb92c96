"""The images that the node itself needs, each made from one program of the cache."""

from __future__ import annotations

from pathlib import Path

from testnode import binaries
from testnode.binaries import GoProgram
from testnode.images import SHELLS, Image

PAUSE_IMAGE = "docker.io/rancher/mirrored-pause:3.6"
COREDNS_IMAGE = "docker.io/rancher/mirrored-coredns-coredns:1.12.3"
STORAGE_IMAGE = "docker.io/rancher/local-path-provisioner:v0.0.31"
SHELL_IMAGE = "docker.io/rancher/mirrored-library-busybox:1.37.0"
PROBE_IMAGE = "docker.io/library/busybox:1.37"


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
            (SHELL_IMAGE, PROBE_IMAGE),
            cmd=("sh",),
            files={"usr/local/bin/netprobe": _program(binaries.NETPROBE)},
            links=SHELLS,
        ),
    )


def _program(program: GoProgram) -> Path:
    return program.recipe.folder / program.name
