"""A git repository with manifests, as Argo CD follows it: a branch that is pushed to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra import process

SECONDS = 60
BRANCH = "main"
# The machine's own settings, such as a commit's signature, are none of the test's.
ALONE = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
AUTHOR = ("-c", "user.name=owner", "-c", "user.email=owner@lab.example")


@dataclass(frozen=True)
class Repository:
    """A bare repository and the owner's clone of it."""

    bare: Path
    clone: Path

    @classmethod
    def create(cls, folder: Path) -> Repository:
        """Make an empty one."""
        new = cls(folder / "lab.git", folder / "clone")
        process.run(("git", "init", "--quiet", "--bare", f"--initial-branch={BRANCH}", new.bare), timeout=SECONDS)
        process.run(("git", "init", "--quiet", f"--initial-branch={BRANCH}", new.clone), timeout=SECONDS, env=ALONE)
        new._git("remote", "add", "origin", str(new.bare))
        return new

    @property
    def url(self) -> str:
        return f"file://{self.bare}"

    @property
    def dist(self) -> Path:
        return self.clone / "dist"

    def push(self, what: str) -> str:
        """Commit all of the clone and push it; returns the commit."""
        self._git("add", "--all")
        self._git("commit", "--quiet", "--allow-empty", f"--message={what}")
        self._git("push", "--quiet", "origin", BRANCH)
        return self._git("rev-parse", "HEAD").strip()

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Let the clone have what it had before, pushed, when the `with` block ends."""
        kept = self.clone.parent / "kept"
        shutil.copytree(self.dist, kept)
        try:
            yield
        finally:
            shutil.rmtree(self.dist)
            kept.rename(self.dist)
            self.push("undo")

    def _git(self, *words: str) -> str:
        return process.run(("git", *AUTHOR, *words), timeout=SECONDS, env=ALONE, cwd=self.clone).stdout
