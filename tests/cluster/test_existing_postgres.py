"""A lab that uses a PostgreSQL server which is there already: it waits for its URL, and reaches nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest

from ailab import Lab
from ailab.images import POSTGRES
from ailab.spec import LabSpec
from infra.manifests import Object
from testnode.patience import until
from tests.cluster.room import AWAY_SECONDS, READY_SECONDS, room_of
from tests.cluster.running import RunningLab

pytestmark = [pytest.mark.proves(3), pytest.mark.long]

ELSEWHERE: Final = "elsewhere"
# A new gateway starts before the one of before ends: two of them at once ask for what these do.
MAKE_ROOM: Final = ("phoenix", "searxng")
PASSWORD: Final = "canary-of-the-database"
# What examples/README.md asks of whoever runs the server.
PREPARED: Final = f"create role litellm login password '{PASSWORD}'; create database litellm owner litellm;"
CONNECT: Final = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)"
SERVER: Final[Object] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "server", "namespace": ELSEWHERE},
    "spec": {
        "securityContext": {"runAsUser": POSTGRES.user, "fsGroup": POSTGRES.group},
        "containers": [
            {
                "name": "postgres",
                "image": POSTGRES.reference,
                "env": [{"name": "POSTGRES_PASSWORD", "value": PASSWORD}],
                "readinessProbe": {"tcpSocket": {"port": 5432}},
                "volumeMounts": [{"name": "data", "mountPath": "/var/lib/postgresql"}],
            }
        ],
        "volumes": [{"name": "data", "emptyDir": {}}],
    },
}


@dataclass(frozen=True)
class Server:
    """A PostgreSQL that is no part of any lab, at an address of its own."""

    lab: RunningLab
    address: str

    def sql(self, query: str) -> str:
        words = ("psql", "-h", "127.0.0.1", "-U", "postgres", "-At", "-d", "litellm", "-c", query)
        return _exec(self.lab, ELSEWHERE, "server", *words).strip()


def _exec(lab: RunningLab, namespace: str, pod: str, *words: str) -> str:
    return lab.node.kubectl("exec", f"--namespace={namespace}", pod, "--", *words).stdout


@pytest.fixture(scope="module")
def server(lab: RunningLab) -> Iterator[Server]:
    namespace = json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ELSEWHERE}})
    lab.node.kubectl("apply", "-f", "-", stdin=namespace)
    try:
        lab.node.kubectl("apply", "-f", "-", stdin=json.dumps(SERVER))
        here = f"--namespace={ELSEWHERE}"
        lab.node.kubectl("wait", here, "pod/server", "--for=condition=Ready", "--timeout=300s", timeout=330)
        for statement in PREPARED.split("; "):
            _exec(lab, ELSEWHERE, "server", "psql", "-h", "127.0.0.1", "-U", "postgres", "-c", statement)
        yield Server(lab, lab.node.kubectl("get", here, "pod/server", "-o", "jsonpath={.status.podIP}").stdout)
    finally:
        lab.node.kubectl("delete", "namespace", ELSEWHERE, timeout=AWAY_SECONDS)


@pytest.fixture(scope="module")
def applied(lab: RunningLab, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    """Apply the manifests and those secrets that are generated, but not the URL."""
    spec = LabSpec.model_validate(
        {
            "name": "stores-elsewhere",
            "namespace": "stores-elsewhere",
            "tailnet": lab.spec.tailnet,
            "without": ["chat", "search", "graph", "observability"],
            "cluster": {"platform": "existing"},
            "web": {"existing": {"class": "gpu-lab-ingress", "namespace": lab.spec.namespace}},
            "postgres": {"existing": {"network": f"{server.address}/32"}},
            "providers": {"anthropic": {"models": {"claude": "claude-sonnet-5-5"}}},
        }
    )
    folder = tmp_path_factory.mktemp("manifests")
    Lab(spec, folder).synth()
    with room_of(lab, *MAKE_ROOM):
        lab.node.kubectl("apply", "-f", folder)
        try:
            lab.command("secrets", "apply", "--namespace", spec.namespace)
            yield replace(lab, spec=spec, home=tmp_path_factory.mktemp("operator"))
        finally:
            lab.node.kubectl("delete", "-f", folder, timeout=AWAY_SECONDS)


def _gateway(lab: RunningLab) -> dict[str, Any]:
    """Give the status of the gateway's container."""
    found = json.loads(lab.kubectl("get", "pods", "--selector=app.kubernetes.io/name=litellm", "-o", "json"))["items"]
    statuses = [status for pod in found for status in pod["status"].get("containerStatuses", ())]
    return statuses[0] if statuses else {}


@pytest.fixture(scope="module")
def waited(applied: RunningLab) -> dict[str, Any]:
    """Give the gateway's status when it has found that its URL is missing."""
    until(lambda: "waiting" in _gateway(applied).get("state", {}), 180, "the gateway's container is looked after")
    until(
        lambda: _gateway(applied)["state"]["waiting"]["reason"] != "ContainerCreating", 180, "it is known why it waits"
    )
    return _gateway(applied)


@pytest.fixture(scope="module")
def storing(applied: RunningLab, server: Server, waited: dict[str, Any]) -> RunningLab:
    """Give the URL, once the gateway has waited for it."""
    assert waited
    url = f"postgresql://litellm:{PASSWORD}@{server.address}:5432/litellm"
    keys = applied.home / "keys.env"
    keys.write_text(f"LITELLM_DATABASE_URL={url}\n")
    applied.command("secrets", "apply", "--namespace", applied.spec.namespace, "--env-file", keys)
    applied.wait_until_ready(READY_SECONDS)
    return applied


def test_the_gateway_waits_for_its_url_and_is_not_restarted(waited: dict[str, Any]) -> None:
    assert (waited["state"]["waiting"]["reason"], waited["restartCount"]) == ("CreateContainerConfigError", 0)


@pytest.mark.usefixtures("storing")
def test_the_gateway_keeps_its_keys_in_the_server_that_is_there_already(server: Server) -> None:
    assert (
        server.sql('select key_alias from "LiteLLM_VerificationToken" where key_alias is not null') == "programs-chat"
    )


def test_the_gateway_reaches_the_server_and_no_other_one_beside_it(
    lab: RunningLab, storing: RunningLab, server: Server
) -> None:
    another = lab.kubectl(
        "get", "pods", "--selector=app.kubernetes.io/name=postgres", "-o", "jsonpath={.items[0].status.podIP}"
    )
    reached = {
        address: storing.kubectl(
            "exec",
            "deployment/litellm",
            "--",
            "python3",
            "-c",
            f"{CONNECT}\nprint('reached')",
            address,
            "5432",
            check=False,
        )
        for address in (server.address, another)
    }
    assert reached == {server.address: "reached\n", another: ""}


def test_the_url_is_in_no_object_but_its_secret(storing: RunningLab) -> None:
    kinds = "configmaps,cronjobs,deployments,events,ingresses,jobs,networkpolicies,pods,services"
    assert PASSWORD not in storing.kubectl("get", kinds, "-o", "json")
    assert PASSWORD not in storing.kubectl("logs", "deployment/litellm", "--all-containers")
