"""Argo CD, from its Go module, and Debian's Redis, which it keeps its cache in."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from infra import process
from testnode import debian
from testnode.binaries import BUILD_TIMEOUT_S, SOURCES
from testnode.cache import Progress, Recipe, key

# The newest that Go 1.26 builds; 3.6 wants 1.27.
VERSION: Final = "3.5.7"
SOURCE: Final = SOURCES / "argocd"
MODULE: Final = "github.com/argoproj/argo-cd/v3"
# One program, which is the component that it is called as.
PROGRAM: Final = "argocd"
PACKAGES: Final = ("git", "redis-server")
# What lies beside the program, of the module's own files: the kinds of its objects, and what it calls git and gpg by.
KINDS: Final = "crds"
SCRIPTS: Final = ("git-ask-pass.sh", "git-verify-wrapper.sh", "gpg-wrapper.sh")


def _build(folder: Path) -> None:
    env = {"GOFLAGS": "-trimpath -buildvcs=false", "CGO_ENABLED": "0"}
    stamp = f"-s -w -X {MODULE}/common.version={VERSION}"
    words = ("go", "build", "-ldflags", stamp, "-o", folder / PROGRAM, f"{MODULE}/cmd")
    process.run(words, timeout=BUILD_TIMEOUT_S, env=env, cwd=SOURCE)
    found = process.run(("go", "list", "-m", "-f", "{{.Dir}}", MODULE), timeout=BUILD_TIMEOUT_S, env=env, cwd=SOURCE)
    module = Path(found.stdout.strip())
    (folder / KINDS).mkdir()
    for file in (module / "manifests" / "crds").glob("*-crd.yaml"):
        shutil.copyfile(file, folder / KINDS / file.name)
    for name in SCRIPTS:
        shutil.copyfile(module / "hack" / name, folder / name)
        (folder / name).chmod(0o755)


RECIPE: Final = Recipe(PROGRAM, key(SOURCE, MODULE, VERSION), _build)


def build(progress: Progress) -> None:
    """Build what is not in the cache yet: about six minutes on two cores with nothing cached.

    Raises:
        LabError: a package or a module cannot be had, or a build failed.

    """
    debian.install(PACKAGES, progress)
    RECIPE.build(progress)
