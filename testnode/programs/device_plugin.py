"""NVIDIA's device plugin itself, over a driver's library that knows one GPU, which is not there."""

from __future__ import annotations

from pathlib import Path

from infra import process
from testnode import debian
from testnode.binaries import BUILD_TIMEOUT_S, SOURCES
from testnode.cache import Recipe, key
from testnode.images import SEARCH_PATH
from testnode.programs.program import Program
from testnode.standin import StandIn

VERSION = "0.19.3"
NAME = "nvidia-device-plugin"
# A module of our own that has it as a tool, and the library.
SOURCE = SOURCES / "device_plugin"
COMMAND = "github.com/NVIDIA/k8s-device-plugin/cmd/nvidia-device-plugin"
LIBRARY = "libnvidia-ml.so.1"
BUILD_PACKAGES = ("gcc", "libc6-dev")


def device_plugin() -> Program:
    """Return the plugin in the place of its official image."""
    built = Recipe(NAME, key(SOURCE), _build)
    return Program(stand_in=_stand_in(built.folder), recipes=(built,))


def _build(folder: Path) -> None:
    debian.install(BUILD_PACKAGES, lambda _line: None)
    library = ("gcc", "-O1", "-shared", "-fPIC", "-o", folder / LIBRARY, SOURCE / "nvml.c")
    process.run(library, timeout=BUILD_TIMEOUT_S)
    # It looks the driver's functions up when it calls them: the library has those alone that it calls.
    link = "-s -w -extldflags=-Wl,-z,lazy"
    env = {"GOFLAGS": "-trimpath -buildvcs=false", "CGO_ENABLED": "1"}
    plugin = ("go", "build", "-ldflags", link, "-o", folder / NAME, COMMAND)
    process.run(plugin, timeout=BUILD_TIMEOUT_S, env=env, cwd=SOURCE)


def _stand_in(folder: Path) -> StandIn:
    return StandIn(
        repository="nvcr.io/nvidia/k8s-device-plugin",
        program=f"NVIDIA's device plugin {VERSION} (Go module)",
        entrypoint=(NAME,),
        env={"PATH": f"{folder}:{SEARCH_PATH}", "LD_LIBRARY_PATH": str(folder)},
        binds=(folder,),
        reasons=(
            f"it is {VERSION}: the module proxy does not serve 0.20.0",
            "the driver's library is our own and knows one GPU, which is not there and never fails",
            "the runtime passes on what the plugin says of a pod, and gives the pod no device for it",
        ),
    )
