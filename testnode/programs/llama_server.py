"""llama.cpp's server, which Ollama starts for every model: a processor-only build of it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from infra import process
from testnode import debian
from testnode.cache import Recipe, key
from testnode.programs.python_environment import REQUIREMENTS, uv

if TYPE_CHECKING:
    from pathlib import Path

BUILD_PACKAGES = ("cmake", "g++", "ninja-build")
UNPACK_TIMEOUT_S = 120.0
CONFIGURE_TIMEOUT_S = 300.0
BUILD_TIMEOUT_S = 3600.0

PACKAGE = "llama-cpp-python"
"""Its source carries that of llama.cpp, which no registry has by itself."""

PIP = "pip==26.3"
"""uv builds and installs, but does not hand out a package's source."""

OPTIONS = (
    "-DCMAKE_BUILD_TYPE=Release",
    # The tests' models have a hundred thousand weights: what takes time is the compiler.
    "-DCMAKE_C_FLAGS_RELEASE=-O1 -DNDEBUG",
    "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG",
    "-DBUILD_SHARED_LIBS=OFF",
    # Not the build machine's own instructions but AVX2, FMA, F16C and BMI2, ggml's choice for every
    # x86 processor since 2013: machines that share a cache may differ in the newer ones.
    "-DGGML_NATIVE=OFF",
    "-DGGML_OPENMP=OFF",
    "-DLLAMA_OPENSSL=OFF",
    "-DLLAMA_BUILD_UI=OFF",
    "-DLLAMA_USE_PREBUILT_UI=OFF",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_BUILD_APP=OFF",
)


def llama_server() -> Recipe:
    """Return the recipe of the folder with `llama-server`; its build takes minutes."""
    requirements = REQUIREMENTS / "llama-cpp.txt"

    def make(folder: Path) -> None:
        debian.install(BUILD_PACKAGES, _silent)
        work = folder / "work"
        source = _source(requirements, work)
        build = work / "build"
        process.run(("cmake", "-G", "Ninja", "-S", source, "-B", build, *OPTIONS), timeout=CONFIGURE_TIMEOUT_S)
        process.run(("cmake", "--build", build, "--target", "llama-server"), timeout=BUILD_TIMEOUT_S)
        shutil.copy2(build / "bin/llama-server", folder)
        shutil.rmtree(work)

    return Recipe("llama-server", key(requirements, PIP, *OPTIONS), make)


def _source(requirements: Path, work: Path) -> Path:
    """Fetch and unpack llama.cpp."""
    download = ("download", "--quiet", "--no-deps", "--no-binary", PACKAGE, "--dest", work, "-r", requirements)
    uv("tool", "run", "--from", PIP, "pip", *download)
    (archive,) = work.glob("*.tar.gz")
    # Not `tarfile`: Debian 12's Python has no safe way to unpack with it yet.
    unpack = ("tar", "--extract", "--strip-components=1", "--file", archive, "--directory", work)
    process.run(unpack, timeout=UNPACK_TIMEOUT_S)
    return work / "vendor/llama.cpp"


def _silent(_line: str) -> None:
    """Tell nobody: the recipe tells that it is being built."""
