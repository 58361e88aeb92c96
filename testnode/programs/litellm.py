"""LiteLLM's proxy, from PyPI: the version of the image, with a query engine from npm."""

from __future__ import annotations

from pathlib import Path

from testnode.cache import Recipe
from testnode.images import SEARCH_PATH
from testnode.programs import prisma
from testnode.programs.postgres import LIBRARIES, postgres_binaries
from testnode.programs.program import Program
from testnode.programs.python_environment import python_environment, python_folders
from testnode.standin import StandIn

VERSION = "1.103.2"
ENTRYPOINTS = Path(__file__).parent / "entrypoints"


def litellm() -> Program:
    """Return LiteLLM's proxy in the place of its image that runs without root."""
    environment = python_environment("litellm", prisma.SOURCES, Path(prisma.__file__), finish=prisma.add_to)
    return Program(
        stand_in=_stand_in(environment),
        recipes=(environment, postgres_binaries()),
        packages=LIBRARIES,
    )


def _stand_in(environment: Recipe) -> StandIn:
    folder, postgres = environment.folder, postgres_binaries().folder
    return StandIn(
        repository="ghcr.io/berriai/litellm-non_root",
        program=f"LiteLLM {VERSION} (PyPI)",
        entrypoint=("/app/docker/prod_entrypoint.sh",),
        env={
            "PATH": f"/usr/local/bin:{folder}/venv/bin:{postgres}/bin:{SEARCH_PATH}",
            "HOME": "/app",
            **prisma.variables(folder),
        },
        files={
            "/app/docker/prod_entrypoint.sh": ENTRYPOINTS / "litellm.sh",
            "/usr/local/bin/prisma": ENTRYPOINTS / "prisma.py",
        },
        directories={"/app/.cache": 0o755},
        links={"/etc/os-release": "../usr/lib/os-release"},  # Prisma's client reads it
        user="65534:65534",
        working_directory="/app",
        binds=(folder, postgres, *python_folders()),
        reasons=(
            (
                "Prisma's query engine is its WebAssembly build behind a small server of ours: no registry has the "
                "native one. Errors of a lost database are reported alike, others may differ in their words"
            ),
            (
                "the command `prisma`, which LiteLLM starts to migrate its database, is a small program of ours: it "
                "runs LiteLLM's own migrations with psql and never finds that tables and schema differ"
            ),
            "the packages of the image's extra `proxy-runtime` are there for traces and metrics only",
        ),
    )
