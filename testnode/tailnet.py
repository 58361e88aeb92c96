"""The programs of a tailnet, from their Go modules: tailscaled with its command line, and headscale."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from infra import process
from testnode import debian
from testnode.binaries import BUILD_TIMEOUT_S, RUN_PACKAGES, SOURCES, GoProgram
from testnode.cache import Progress, Recipe, key

# The newest that Go 1.26 builds; 1.104 wants 1.27.
TAILSCALE_VERSION: Final = "1.102.0"
HEADSCALE_COMMAND: Final = "github.com/juanfont/headscale/cmd/headscale"

TAILSCALE: Final = GoProgram(
    "tailscale",
    ("tailscale.com/cmd/tailscaled", "tailscale.com/cmd/tailscale"),
    f"v{TAILSCALE_VERSION}",
).recipe


def _build_headscale(folder: Path) -> None:
    env = {"GOFLAGS": "-trimpath -buildvcs=false", "CGO_ENABLED": "0"}
    words = ("go", "build", "-ldflags", "-s -w", "-o", folder / "headscale", HEADSCALE_COMMAND)
    process.run(words, timeout=BUILD_TIMEOUT_S, env=env, cwd=SOURCES / "headscale")


HEADSCALE: Final = Recipe("headscale", key(SOURCES / "headscale"), _build_headscale)

RECIPES: Final = (TAILSCALE, HEADSCALE)


def missing() -> tuple[str, ...]:
    """Return the names of the programs that are not in the cache yet."""
    return tuple(recipe.name for recipe in RECIPES if not recipe.built)


def build(progress: Progress) -> None:
    """Build what is not in the cache yet: about five minutes on two cores with nothing cached.

    Raises:
        LabError: a package or a module cannot be had, or a build failed.

    """
    debian.install(RUN_PACKAGES, progress)
    for recipe in RECIPES:
        recipe.build(progress)
