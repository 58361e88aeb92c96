"""The numbers of the running lab: what Prometheus scrapes, what its counters say, what alerts are told from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
import yaml

from infra import manifests
from testnode.patience import until
from tests.cluster.observed import Counted, counted
from tests.cluster.running import RunningLab, absent
from tests.cluster.service_door import opened
from tests.cluster.test_traces import ask
from tests.observability.alert_cases import ALERTS
from tests.observability.metrics import Metrics

pytestmark = pytest.mark.proves(3)

SCRAPE_SECONDS = 180  # every 15 s, on a machine that may be busy
JOB_SECONDS = 600  # virtual keys are looked after every five minutes
REQUESTS = {"llama3.1": 3, "deepseek-r1": 2}
OF_EXPORTERS = {alert.name: alert.measure for alert in ALERTS if "kube_" in alert.measure or "node_" in alert.measure}


def scrapes(objects: list[manifests.Object]) -> Mapping[str, str]:
    """Read from the manifests what is scraped: the job, which is named as what it scrapes, and its address."""
    (files,) = (
        item["data"] for item in manifests.of_kind(objects, "ConfigMap") if item["metadata"]["name"] == "prometheus"
    )
    jobs = yaml.safe_load(files["prometheus.yml"])["scrape_configs"]
    return {job["job_name"]: target for job in jobs for config in job["static_configs"] for target in config["targets"]}


def runnable(objects: list[manifests.Object], name: str) -> bool:
    """Whether every program of a Deployment or DaemonSet can run here."""
    found = [item for item in manifests.of_kind(objects, "Deployment", "DaemonSet") if item["metadata"]["name"] == name]
    assert found, name
    return not absent(found)


def wait_for_a_scheduled_job(lab: RunningLab) -> None:
    """Return when the first Job of a schedule has ended well: none has in a lab's first minutes."""
    words = ("get", "cronjob", "virtual-keys", "-o", "jsonpath={.status.lastSuccessfulTime}")
    until(lambda: lab.kubectl(*words) != "", JOB_SECONDS, "a scheduled Job has ended well")


@pytest.fixture(scope="module")
def prometheus(lab: RunningLab) -> Iterator[str]:
    wait_for_a_scheduled_job(lab)
    with opened(lab, "prometheus", 9090) as address:
        yield address


@pytest.fixture(scope="module")
def metrics(prometheus: str) -> Metrics:
    return Metrics(f"http://{prometheus}")


def test_prometheus_scrapes_what_the_manifests_say(objects: list[manifests.Object], metrics: Metrics) -> None:
    expected = {(job, target): str(int(runnable(objects, job))) for job, target in scrapes(objects).items()}
    until(lambda: _up(metrics) == expected, SCRAPE_SECONDS, f"the targets are {expected}")
    assert [job for (job, _), value in expected.items() if value == "0"] == ["dcgm-exporter"]


def _up(metrics: Metrics) -> dict[tuple[str, str], str]:
    return {(found["metric"]["job"], found["metric"]["instance"]): found["value"][1] for found in metrics.ask("up")}


@pytest.mark.proves(
    3,
    "kube-state-metrics",
    "node-exporter",
    "kube-state-metrics -> api-server:6443",
    "prometheus -> kube-state-metrics:8080",
    "prometheus -> node-exporter:9100",
)
@pytest.mark.parametrize("alert", OF_EXPORTERS)
def test_an_alert_of_the_node_or_of_kubernetes_has_something_to_measure(alert: str, metrics: Metrics) -> None:
    until(lambda: metrics.ask(OF_EXPORTERS[alert]) != [], SCRAPE_SECONDS, f"what {alert} measures is there")


def test_the_alerts_know_every_pod_of_the_lab_and_no_other(lab: RunningLab, metrics: Metrics) -> None:
    until(lambda: _known(metrics) == _pods(lab) != set(), SCRAPE_SECONDS, "every pod of the lab is known, and no other")


def _known(metrics: Metrics) -> set[tuple[str, str]]:
    found = (series["metric"] for series in metrics.ask("kube_pod_status_phase == 1"))
    return {(labels["namespace"], labels["pod"]) for labels in found}


def _pods(lab: RunningLab) -> set[tuple[str, str]]:
    """List the pods as the API server knows them; those of Jobs come and go."""
    return {
        (namespace, name.removeprefix("pod/"))
        for namespace in (lab.spec.namespace, lab.spec.system_namespace)
        for name in lab.node.kubectl("get", "pods", "-n", namespace, "-o", "name").stdout.split()
    }


@pytest.mark.proves(3, "prometheus", "prometheus -> litellm:4000")
def test_the_counters_add_up_to_what_was_sent(lab: RunningLab, prometheus: str) -> None:
    before = {model: _settled(lab, prometheus, model) for model in REQUESTS}
    sent = {model: [ask(lab, f"Count me, {number}.", model) for number in range(n)] for model, n in REQUESTS.items()}
    expected = {
        model: Counted(
            requests=before[model].requests + len(replies),
            tokens=before[model].tokens + sum(reply.prompt_tokens + reply.completion_tokens for reply in replies),
        )
        for model, replies in sent.items()
    }
    until(lambda: {m: counted(prometheus, m) for m in expected} == expected, SCRAPE_SECONDS, f"counters at {expected}")


def _settled(lab: RunningLab, prometheus: str, model: str) -> Counted:
    """Count when a request that was sent just now is counted, so that none sent before can come later."""
    before = counted(prometheus, model)
    ask(lab, "Count me first.", model)
    until(lambda: counted(prometheus, model).requests > before.requests, SCRAPE_SECONDS, f"{model} is scraped")
    return counted(prometheus, model)
