"""A lab has the alerts of what it scrapes: a rule that cannot fire would look as if all were well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml

from ailab.spec import LabSpec
from infra.labs import ROOT
from infra.manifests import Object
from tests.examples.contents import make
from tests.observability.alert_cases import ALERTS
from tests.policy.seeds import find
from tests.synthesis import committed, synthesize

GATEWAY = ["TargetDown", "GatewayErrors", "ModelFailing"]
VLLM = ["VllmCacheFull", "VllmQueue"]
GPU = ["GpuMemoryFull", "GpuFault"]
NODE = ["DiskNearlyFull", "LabIdle"]
CLUSTER = ["ContainerRestarts", "PodNotReady", "JobOverdue"]
ON_A_PROCESSOR = {"gpu": False, "models": [{"alias": "llama", "tag": "llama3.1:8b"}]}


def _lab(**sections: object) -> Sequence[Object]:
    content = {"name": "small", "tailnet": "tail1a2b3c", "ollama": ON_A_PROCESSOR, **sections}
    return synthesize(LabSpec.model_validate(content))


def _decided(objects: Sequence[Object]) -> Sequence[str]:
    """Name the alerts of Prometheus."""
    rules = yaml.safe_load(find(objects, "ConfigMap/prometheus")["data"]["rules.yml"])
    return [rule["alert"] for group in rules["groups"] for rule in group["rules"]]


def _told(objects: Sequence[Object]) -> Sequence[str]:
    """Name the alerts of Grafana."""
    delivery = yaml.safe_load(find(objects, "ConfigMap/grafana-alerting")["data"]["lab.yaml"])
    return [rule["title"] for group in delivery["groups"] for rule in group["rules"]]


def test_the_whole_lab_has_all() -> None:
    assert _decided(committed("gpu-lab")) == [*GATEWAY, *VLLM, *NODE, *GPU, *CLUSTER]
    assert [alert.name for alert in ALERTS] == [*GATEWAY, *VLLM, *NODE, *GPU, *CLUSTER]


def test_a_rule_stands_once_however_many_servers_it_is_about(tmp_path: Path) -> None:
    assert _decided(make(ROOT / "examples" / "two-vllm-servers.toml", tmp_path)) == [
        *GATEWAY,
        *VLLM,
        *NODE,
        *GPU,
        *CLUSTER,
    ]


def test_in_a_cluster_that_has_its_own_exporters_nothing_is_said_of_disks_cards_and_bills(tmp_path: Path) -> None:
    assert _decided(make(ROOT / "examples" / "company-cluster.toml", tmp_path)) == [*GATEWAY, *CLUSTER]


def test_a_gateway_that_is_watched_alone_has_its_own(tmp_path: Path) -> None:
    assert _decided(make(ROOT / "examples" / "gateway_with_observability.py", tmp_path)) == GATEWAY


@pytest.mark.parametrize(
    ("sections", "alerts"),
    [
        ({}, [*GATEWAY, *NODE, *CLUSTER]),
        ({"observability": {"alerts": {"idle_hours": 0}}}, [*GATEWAY, "DiskNearlyFull", *CLUSTER]),
    ],
    ids=["without a GPU", "without a reminder"],
)
def test_a_lab_has_no_alert_of_what_it_does_not_have(sections: Mapping[str, object], alerts: Sequence[str]) -> None:
    assert _decided(_lab(**sections)) == alerts


def test_grafana_tells_what_prometheus_decides() -> None:
    objects = _lab(observability={"alerts": {"ntfy": "https://ntfy.sh"}})
    assert _told(objects) == _decided(objects) == [*GATEWAY, *NODE, *CLUSTER]
