"""The cluster on a lab's machine, asked there: ssh is the only way until the operator is in the tailnet."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from infra import manifests
from infra.errors import LabError
from infra.kubectl import TIMEOUT
from infra.process import Completed
from infra.shipping.install import Told
from infra.shipping.manifests import addon, file_of, joined
from infra.shipping.places import MANIFESTS
from infra.ssh import Login, UnreachableError, run

API_SECONDS: Final = 600
APPLIED_SECONDS: Final = 300  # k3s looks for changed files every 15 s
READY_SECONDS: Final = 5400  # models are fetched before their servers start
POLL_SECONDS: Final = 3
READY: Final = "/readyz"
_ADDON: Final = ("get", "addons.k3s.cattle.io", "--namespace=kube-system", "--ignore-not-found")
# What k3s writes when it has applied a file: the SHA-256 of its content (k3s, pkg/deploy/controller.go).
_CHECKSUM: Final = "--output=jsonpath={.spec.checksum}"


@dataclass(frozen=True)
class OnMachine:
    """k3s's own kubectl, run by ssh: a `Kubectl`."""

    login: Login

    def __call__(
        self, *words: str, stdin: str | None = None, check: bool = True, timeout: float = TIMEOUT
    ) -> Completed:
        """Run kubectl there."""
        return run(self.login, "k3s", "kubectl", *words, stdin=stdin, check=check, timeout=timeout)


def until_answering(ask: OnMachine) -> None:
    """Wait until the API server is ready.

    Raises:
        LabError: it is not in time.

    """
    deadline = time.monotonic() + API_SECONDS
    while True:
        try:
            if ask("get", "--raw", READY, check=False, timeout=60).status == 0:
                return
        except UnreachableError:
            pass  # the machine restarts, perhaps
        if time.monotonic() > deadline:
            message = f"{ask.login.address}: k3s does not answer after {API_SECONDS} s; ./lab logs --unit k3s says why"
            raise LabError(message)
        time.sleep(POLL_SECONDS)


def admit_pods(ask: OnMachine, lab: str) -> None:
    """Let pods start on the machine: none do since the lab was parked."""
    ask("uncordon", lab)


def until_ready(ask: OnMachine, lab: str, folder: Path, tell: Told) -> None:
    """Wait until k3s has applied a lab's manifests, every Job has ended well and every Deployment is available.

    Raises:
        LabError: it has not, or they are not in time.

    """
    admit_pods(ask, lab)
    tell("applying the manifests")
    _until_applied(ask, lab, folder)
    objects = manifests.read(folder)
    # Jobs first: what they fetch is what the servers serve.
    for kind, condition in (("Job", "Complete"), ("Deployment", "Available")):
        for namespace, names in _by_namespace(objects, kind):
            tell(f"waiting for {', '.join(names)}")
            things = [f"{kind.lower()}/{name}" for name in names]
            words = ("wait", f"--namespace={namespace}", *things, f"--timeout={READY_SECONDS}s")
            ask(*words, f"--for=condition={condition}", timeout=READY_SECONDS + 60)


def why_not(lab: str) -> tuple[str, ...]:
    """Ask kubectl why k3s has last failed to read, parse, validate or apply a lab's manifests; these words do."""
    return (
        "get",
        "events",
        "--namespace=kube-system",
        f"--field-selector=type=Warning,involvedObject.name={addon(lab)}",
        "--sort-by=.lastTimestamp",
        "--output=jsonpath={.items[-1:].message}",
    )


def unapplied(login: Login, lab: str) -> str | None:
    """Say in a line why k3s has not applied the manifests that it was given; None where it has, or has none.

    Raises:
        LabError: the machine is not reached, or k3s does not answer.

    """
    said = run(login, "sha256sum", str(MANIFESTS / file_of(lab)), timeout=30, check=False).stdout
    ask = OnMachine(login)
    if not said:  # as on a machine that was stopped in order to be parked: its volume is not mounted
        ask("get", "--raw", READY)
        return None
    return None if _applied(ask, lab, said.split()[0]) else _reason(ask, lab)


def _until_applied(ask: OnMachine, lab: str, folder: Path) -> None:
    wanted = hashlib.sha256(joined(folder)).hexdigest()
    deadline = time.monotonic() + APPLIED_SECONDS
    while not _applied(ask, lab, wanted):
        if time.monotonic() > deadline:
            message = f"{lab}: k3s has not applied the manifests after {APPLIED_SECONDS} s: {_reason(ask, lab)}"
            raise LabError(message)
        time.sleep(POLL_SECONDS)


def _applied(ask: OnMachine, lab: str, digest: str) -> bool:
    return ask(*_ADDON, addon(lab), _CHECKSUM).stdout == digest


def _reason(ask: OnMachine, lab: str) -> str:
    said = ask(*why_not(lab), check=False).stdout.split()
    return " ".join(said) or "it does not say why; ./lab logs --unit k3s"


def _by_namespace(objects: Iterable[manifests.Object], kind: str) -> Iterator[tuple[str, list[str]]]:
    found = sorted(
        (item["metadata"]["namespace"], item["metadata"]["name"]) for item in manifests.of_kind(objects, kind)
    )
    for namespace, group in groupby(found, key=lambda pair: pair[0]):
        yield namespace, [name for _, name in group]
