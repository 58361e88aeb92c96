"""Argo CD at work on a node: its components as processes of the node itself, where a cluster runs pods of its image."""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from infra import process
from infra.process import Child
from testnode.argocd import KINDS, PROGRAM, RECIPE
from testnode.node import Node
from testnode.patience import until

NAMESPACE: Final = "argocd"
# Of the node's own network, which no two nodes share.
REDIS: Final = "127.0.0.1:16379"
REPOSITORIES: Final = "127.0.0.1:18091"
# How the one program knows which component it is: github.com/argoproj/argo-cd, cmd/main.go
COMPONENT: Final = "ARGOCD_BINARY_NAME"
SECONDS: Final = 180


@dataclass(frozen=True)
class Component:
    """One process: its name for logs, its command line and its variables."""

    name: str
    argv: tuple[str | Path, ...]
    env: Mapping[str, str] = field(default_factory=dict)


def _components(node: Node, folder: Path) -> Iterator[Component]:
    """Give the components that sync: not the web interface, its login, or notifications."""
    redis = ("redis-server", "--bind", "127.0.0.1", "--port", REDIS.rpartition(":")[2], "--save", "", "--dir", folder)
    yield Component("redis", redis)
    where = ("--namespace", NAMESPACE)
    # Told of a commit, a component shall not answer from what it knew before.
    fresh = ("--revision-cache-expiration", "1s")
    listen = ("--address", "127.0.0.1", "--port", REPOSITORIES.rpartition(":")[2], "--metrics-port", "18092")
    yield _argocd("repo-server", node, folder, *listen, *fresh, "--redis", REDIS)
    # Self-heal at once, and with health in the Application, which by default is in Redis alone.
    eager = ("--app-resync", "20", "--app-resync-jitter", "0", "--self-heal-backoff-cap-seconds", "2")
    uses = ("--redis", REDIS, "--repo-server", REPOSITORIES, "--metrics-port", "18093")
    yield _argocd("application-controller", node, folder, *where, *uses, *eager, "--persist-resource-health")
    ports = (
        "--metrics-addr",
        "127.0.0.1:18094",
        "--probe-addr",
        "127.0.0.1:18095",
        "--webhook-addr",
        "127.0.0.1:18096",
    )
    yield _argocd("applicationset-controller", node, folder, *where, *ports, "--argocd-repo-server", REPOSITORIES)


def _argocd(name: str, node: Node, folder: Path, *flags: str | Path) -> Component:
    program = RECIPE.folder
    env = {
        COMPONENT: f"argocd-{name}",
        # In the manifests it is the cluster that Argo CD itself runs in; this process has a kubeconfig for it.
        "ARGOCD_FAKE_IN_CLUSTER": "true",
        "KUBECONFIG": str(node.kubeconfig),
        "ARGOCD_GPG_ENABLED": "false",
        "REDIS_PASSWORD": "",
        # git notes who moved a branch; else it asks for the full name of the machine, for which the node waits 10 s.
        "GIT_COMMITTER_NAME": NAMESPACE,
        "GIT_COMMITTER_EMAIL": "argocd@lab.example",
        "TMPDIR": str(folder / "tmp"),
        **{f"ARGOCD_{kind.upper()}_DATA_PATH": str(folder / kind) for kind in ("tls", "ssh")},
        "ARGOCD_PLUGINSOCKFILEPATH": str(folder / "plugins"),
        "PATH": f"{program}:{os.environ['PATH']}",  # the scripts that it calls git by
    }
    return Component(name, (program / PROGRAM, *flags), env)


@contextmanager
def running_argocd(node: Node, folder: Path) -> Iterator[None]:
    """Run Argo CD for the length of a `with` block, with the administrator's rights; then nothing of it is left.

    Args:
        node: where it applies manifests.
        folder: for what it writes, its logs among it.

    """
    for name in ("tmp", "tls", "ssh", "plugins"):
        (folder / name).mkdir()
    (folder / "ssh" / "ssh_known_hosts").touch()
    with ExitStack() as ends:
        ends.callback(_forget, node)
        node.kubectl("apply", "--server-side", "-f", RECIPE.folder / KINDS)
        until(lambda: _established(node), SECONDS, "Argo CD's kinds are known")
        node.kubectl("apply", "-f", "-", stdin=json.dumps(_own_objects()))
        for component in _components(node, folder):
            log = folder / f"{component.name}.log"
            child = process.start(node.entering(*component.argv), log=log, env=component.env)
            ends.callback(_end, child)
        yield


def _established(node: Node) -> bool:
    # kubectl fails where a definition has no conditions yet, and does not wait for them.
    words = ("wait", "--for=condition=Established", "-f", RECIPE.folder / KINDS, "--timeout=10s")
    return node.kubectl(*words, check=False).status == 0


def _own_objects() -> dict[str, object]:
    """Give what Argo CD expects in its namespace."""
    part = {"labels": {"app.kubernetes.io/part-of": NAMESPACE}}
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    items: list[dict[str, object]] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm", "namespace": NAMESPACE, **part}},
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "argocd-secret", "namespace": NAMESPACE, **part},
            "stringData": {"server.secretkey": key},
        },
    ]
    return {"apiVersion": "v1", "kind": "List", "items": items}


def _end(child: Child) -> None:
    os.killpg(child.pid, signal.SIGKILL)  # nsenter, and what it has started
    child.wait()


def _forget(node: Node) -> None:
    """Delete Argo CD's own objects, when nothing of it runs that would delete a lab with its Application."""
    for words in (("namespace", NAMESPACE), ("-f", RECIPE.folder / KINDS)):
        node.kubectl("delete", "--ignore-not-found", *words, timeout=SECONDS)
