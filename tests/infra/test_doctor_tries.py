"""Trying an arrow from the place of its source: what goes into the pod, what comes of it, and what is cleaned up."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from ailab.spec import LabSpec
from ailab.spec.providers import ProvidersSpec
from infra import manifests, process
from infra.checkup import place, reach
from infra.checkup.place import Outcome, Target, Tried, try_all
from infra.checkup.targets import targets
from infra.edges import Edge, edges
from infra.errors import LabError
from infra.labs import DIST, one_lab
from infra.process import CommandError, Completed
from tests.policy.pod_security import pod_security

POSTGRES = Edge("litellm", "postgres", 5432, "rows")
PHOENIX = Edge("litellm", "phoenix", 4317, "traces")
SEARXNG = Edge("open-webui", "searxng", 8080, "search")
WANTED = {edge: Target(f"{edge.target}.ai-lab", edge.port) for edge in (POSTGRES, PHOENIX, SEARXNG)}


@pytest.fixture(scope="module")
def spec() -> LabSpec:
    return one_lab("gpu-lab")


@pytest.fixture(scope="module")
def objects() -> Sequence[manifests.Object]:
    return manifests.read(DIST / "gpu-lab")


class Cluster:
    """A `Kubectl` that keeps what it is told, and answers `logs` by the Job's name."""

    def __init__(self, logs: dict[str, str], *, refuses: str = "") -> None:
        self.logs = logs
        self.refuses = refuses
        self.calls: list[tuple[str, ...]] = []
        self.given = ""

    def __call__(self, *words: str, stdin: str | None = None, **_limits: object) -> Completed:
        self.calls.append(words)
        self.given = stdin or self.given
        if words[0] == self.refuses:
            message = "the server is away"
            raise CommandError(message)
        return Completed(0, self.logs.get(words[-1], ""), "")


def test_each_arrow_has_the_outcome_that_its_pod_saw(spec: LabSpec, objects: Sequence[manifests.Object]) -> None:
    said = {
        "job/doctor-litellm-7": json.dumps([["connected", 0.25], ["refused", 0.5]]),
        "job/doctor-open-webui-7": "Traceback",
    }
    cluster = Cluster(said)
    assert try_all(spec, objects, WANTED, "7", cluster) == {
        POSTGRES: Tried(Outcome.CONNECTED, 0.25),
        PHOENIX: Tried(Outcome.REFUSED, 0.5),
        SEARXNG: Tried(Outcome.NOT_TRIED, 0),
    }
    jobs = ["job/doctor-litellm-7", "job/doctor-open-webui-7"]
    assert cluster.calls == [
        ("create", "--filename=-"),
        ("wait", "--namespace=ai-lab", *jobs, "--for=condition=Complete", "--timeout=120s"),
        ("logs", "--namespace=ai-lab", jobs[0]),
        ("logs", "--namespace=ai-lab", jobs[1]),
        ("delete", "job", "--namespace=ai-lab", "--selector=gpu-lab/doctor=7", "--wait=false"),
    ]


def test_few_pods_start_together_and_the_next_ones_when_these_have_ended(
    spec: LabSpec, objects: Sequence[manifests.Object]
) -> None:
    wanted = targets(spec, objects, edges(objects))
    cluster = Cluster({f"job/doctor-{edge.source}-7": "Traceback" for edge in wanted})
    try_all(spec, objects, wanted, "7", cluster)
    waits = [call[2:-2] for call in cluster.calls if call[0] == "wait"]
    assert [len(jobs) for jobs in waits[:-1]] == [place.AT_ONCE] * (len(waits) - 1)
    assert {job for jobs in waits for job in jobs} == {f"job/doctor-{edge.source}-7" for edge in wanted}
    assert [call[0] for call in cluster.calls if call[0] != "logs"] == [*(["create", "wait"] * len(waits)), "delete"]


def test_where_no_pod_of_the_first_ones_runs_no_others_are_waited_for(
    spec: LabSpec, objects: Sequence[manifests.Object]
) -> None:
    cluster = Cluster({})
    wanted = targets(spec, objects, edges(objects))
    found = try_all(spec, objects, wanted, "7", cluster)
    assert found == dict.fromkeys(wanted, Tried(Outcome.NOT_TRIED, 0))
    assert [call[0] for call in cluster.calls if call[0] != "logs"] == ["create", "wait", "delete"]


@pytest.mark.parametrize("verb", ["create", "wait", "logs"])
def test_pods_are_deleted_also_where_the_cluster_goes_away(
    spec: LabSpec, objects: Sequence[manifests.Object], verb: str
) -> None:
    cluster = Cluster({}, refuses=verb)
    with pytest.raises(LabError, match=r"^the server is away$"):
        try_all(spec, objects, WANTED, "7", cluster)
    assert cluster.calls[-1][:2] == ("delete", "job")


def test_a_try_has_the_labels_of_its_part_and_no_secret_and_takes_no_clients(
    spec: LabSpec, objects: Sequence[manifests.Object]
) -> None:
    cluster = Cluster({})
    try_all(spec, objects, WANTED, "7", cluster)
    [job, _] = json.loads(cluster.given)["items"]
    template = job["spec"]["template"]
    [own] = [item for item in manifests.of_kind(objects, "Deployment") if item["metadata"]["name"] == "litellm"]
    assert template["metadata"]["labels"] == {
        **own["spec"]["template"]["metadata"]["labels"],
        "gpu-lab/doctor": "7",
    }
    [container] = template["spec"]["containers"]
    assert container["command"][-2:] == ['[["postgres.ai-lab", 5432], ["phoenix.ai-lab", 4317]]', "5"]
    assert {"env", "envFrom", "volumeMounts"} & container.keys() == set()
    assert {"volumes", "serviceAccountName"} & template["spec"].keys() == set()
    assert template["spec"]["readinessGates"] == [{"conditionType": "gpu-lab/never"}]
    assert (job["spec"]["activeDeadlineSeconds"], job["spec"]["ttlSecondsAfterFinished"]) == (120, 300)


def test_a_try_may_run_where_pod_security_is_restricted(spec: LabSpec, objects: Sequence[manifests.Object]) -> None:
    cluster = Cluster({})
    try_all(spec, objects, WANTED, "7", cluster)
    [namespace, *_] = manifests.of_kind(objects, "Namespace")
    assert list(pod_security([namespace, *json.loads(cluster.given)["items"]])) == []


def test_every_arrow_of_the_lab_but_the_nodes_own_leads_somewhere(
    spec: LabSpec, objects: Sequence[manifests.Object]
) -> None:
    arrows = edges(objects)
    found = targets(spec, objects, arrows)
    assert [edge for edge in arrows if edge not in found] == [
        edge for edge in arrows if (edge.source, edge.target) == ("node", "ingress")
    ]
    by_name = {(edge.source, edge.target): target for edge, target in found.items()}
    assert by_name["prometheus", "dcgm-exporter"] == Target("dcgm-exporter.gpu-lab-system", 9400)
    assert by_name["litellm", "internet"] == Target("api.anthropic.com", 443)
    assert by_name["deepseek-r1-vllm-fetch", "internet"] == Target("huggingface.co", 443)
    assert by_name["ingress", "api-server"] == Target("kubernetes.default", 443)
    assert by_name["litellm", "dns"] == Target("kubernetes.default", 0)


@pytest.mark.parametrize(
    ("provider", "host"),
    [
        ("anthropic", "api.anthropic.com"),
        ("openai", "api.openai.com"),
        ("bedrock", "bedrock-runtime.us-east-1.amazonaws.com"),
        ("gemini", "generativelanguage.googleapis.com"),
        ("azure", None),  # its address is a secret
        ("xai", "api.x.ai"),
        ("together_ai", "api.together.xyz"),
    ],
)
def test_the_way_to_a_provider_that_is_the_only_one_is_tried_at_its_own_host(
    spec: LabSpec, objects: Sequence[manifests.Object], provider: str, host: str | None
) -> None:
    alone = ProvidersSpec.model_validate({provider: dict(spec.providers.declared())[provider]})
    edge = Edge("litellm", "internet", 443, "paid providers")
    found = targets(spec.model_copy(update={"providers": alone}), objects, [edge])
    assert found == ({edge: Target(host, 443)} if host else {})


@contextmanager
def _listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "PATIENCE_SECONDS", 0)


@pytest.mark.usefixtures("impatient")
def test_the_pods_script_tells_its_outcomes_apart() -> None:
    with _listening() as port:
        open_port = port
        assert reach.timed(("127.0.0.1", port))[0] == "connected"
    assert reach.timed(("127.0.0.1", open_port))[0] == "refused"
    assert reach.timed(("no-such-host.invalid", 443))[0] == "nameless"
    assert reach.timed(("localhost", 0))[0] == "connected"


def test_the_pods_script_asks_again_before_it_gives_an_arrow_up(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = iter(["refused", "silent", "connected"])
    monkeypatch.setattr(reach, "outcome", lambda *_target: next(outcomes))
    monkeypatch.setattr(reach, "PAUSE_SECONDS", 0)
    assert reach.timed(("postgres", 5432))[0] == "connected"


def test_the_pods_script_prints_one_outcome_for_each_target_in_their_order() -> None:
    with _listening() as port:
        asked = json.dumps([["localhost", 0], ["127.0.0.1", port]])
        done = process.run([sys.executable, "-I", reach.__file__, asked, "0"], timeout=60)
    assert [outcome for outcome, _ in json.loads(done.stdout)] == ["connected", "connected"]


def test_a_lab_without_the_interpreters_image_is_told(spec: LabSpec, objects: Sequence[manifests.Object]) -> None:
    fewer = [item for item in objects if item["kind"] != "CronJob"]
    with pytest.raises(LabError, match=rf"^{place.INTERPRETER}: not among the manifests"):
        try_all(spec, fewer, WANTED, "7", Cluster({}))
