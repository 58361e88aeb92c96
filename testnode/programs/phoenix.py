"""Phoenix, from PyPI: the version of the image."""

from __future__ import annotations

from testnode.programs.program import Program
from testnode.programs.python_environment import python_environment, python_folders
from testnode.standin import StandIn

VERSION = "20.26.1"
UID = 65532


def phoenix() -> Program:
    """Return Phoenix in the place of its image that runs without root."""
    environment = python_environment("phoenix")
    return Program(
        stand_in=StandIn(
            repository="docker.io/arizephoenix/phoenix",
            program=f"Phoenix {VERSION} (PyPI arize-phoenix)",
            entrypoint=(str(environment.folder / "venv/bin/python"),),
            cmd=("-m", "phoenix.server.main", "serve"),
            users={"nonroot": UID},
            user=str(UID),
            binds=(environment.folder, *python_folders()),
            reasons=("the interpreter is the machine's, not Debian 13's, and there is a shell: the image has none",),
        ),
        recipes=(environment,),
    )
