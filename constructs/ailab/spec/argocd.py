"""What Argo CD is told, where it is to keep the labs as a repository says: one file for all of them, `argocd.toml`."""

from __future__ import annotations

import re
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from ailab.spec.faults import fault, told
from ailab.spec.values import Namespace, Section

FOLDER: Final = "argocd"
"""Where its objects are, beside the folders of the labs: no lab has that name."""
EXAMPLE_REPOSITORY: Final = "https://git.example/you/gpu-lab.git"
"""The repository of the file that comes with the project."""

_HOW: Final = "https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#repositories"
_SCHEMES: Final = ("https", "ssh", "file")
# git's short form of ssh://, `user@host:path`.
_SSH: Final = re.compile(r"[a-z0-9._-]+@[A-Za-z0-9.-]+:[^\s:]+")
_REVISION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")


def _repository(value: str) -> str:
    url = urlsplit(value)
    if url.password is not None or (url.scheme == "https" and url.username is not None):
        safe = url._replace(netloc=url.netloc.rpartition("@")[2]).geturl()
        # Not `fault`, which would say the value: the credential would stand in a terminal and a log, too.
        text = f'has a credential in it, which would stand in dist/; give "{safe}", and Argo CD the credential: {_HOW}'
        raise told(text)
    if not (_SSH.fullmatch(value) or (url.scheme in _SCHEMES and url.path.strip("/") and not re.search(r"\s", value))):
        raise fault(
            value,
            "is no address of a repository",
            f'give one such as "{EXAMPLE_REPOSITORY}" or "git@git.example:you/gpu-lab.git"',
        )
    return value


def _revision(value: str) -> str:
    if not _REVISION.fullmatch(value):
        raise fault(value, "is no revision", 'give a branch, a tag or a commit, for example "main"')
    return value


Repository = Annotated[str, AfterValidator(_repository), Field(title="URL of a git repository")]
Revision = Annotated[str, AfterValidator(_revision), Field(title="branch, tag or commit")]


class ArgoCdSpec(Section):
    """Where Argo CD finds the labs, and itself. Without this file there is no `dist/argocd/`."""

    repository: Repository = Field(
        description="the git repository that has `dist/`, as Argo CD reaches it", examples=[EXAMPLE_REPOSITORY]
    )
    revision: Revision = Field(description="what of it Argo CD follows", examples=["main"])
    namespace: Namespace = Field("argocd", description="the namespace that Argo CD runs in", examples=["argocd"])
