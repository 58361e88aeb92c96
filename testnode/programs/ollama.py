"""Ollama without a GPU, from the Go module and llama.cpp's source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testnode.binaries import GoProgram
from testnode.cache import Recipe, key
from testnode.programs.llama_server import llama_server
from testnode.programs.program import Program
from testnode.standin import StandIn

if TYPE_CHECKING:
    from pathlib import Path

VERSION = "0.32.15"
MODULE = GoProgram("ollama", ("github.com/ollama/ollama",), f"v{VERSION}", cgo=True)


def ollama() -> Program:
    """Return Ollama in the place of its official image."""
    installation = _installation()
    return Program(
        stand_in=_stand_in(installation),
        recipes=(llama_server(), installation),
        packages=("g++",),  # compiles what is C in the Go module, and brings the engine's libstdc++
    )


def _installation() -> Recipe:
    """Return the recipe of the folder with `bin/ollama` and, where that looks for it, `lib/ollama/llama-server`."""
    engine = llama_server()

    def make(folder: Path) -> None:
        MODULE.recipe.make(folder / "bin")
        (folder / "lib").mkdir()
        (folder / "lib/ollama").symlink_to(engine.folder)

    return Recipe("ollama", key(MODULE.recipe.key, engine.key), make)


def _stand_in(installation: Recipe) -> StandIn:
    return StandIn(
        repository="docker.io/ollama/ollama",
        program=f"Ollama {VERSION} (Go module), llama.cpp (source in PyPI llama-cpp-python)",
        entrypoint=("/bin/ollama",),
        cmd=("serve",),
        env={
            "LD_LIBRARY_PATH": "/usr/local/nvidia/lib:/usr/local/nvidia/lib64",
            "NVIDIA_DRIVER_CAPABILITIES": "compute,utility",
            "NVIDIA_VISIBLE_DEVICES": "all",
            "OLLAMA_HOST": "0.0.0.0:11434",
        },
        links={"/bin/ollama": str(installation.folder / "bin/ollama")},
        binds=(installation.folder, llama_server().folder),
        reasons=(
            f"it is {VERSION}: the module proxy does not serve 0.35.1",
            "the engine is a build for processors alone: the GPU that the pod asks for is not there",
            "the engine is the release of llama.cpp that PyPI carries, not the one that this Ollama names",
        ),
    )
