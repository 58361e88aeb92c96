"""Reading manifests."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from infra import manifests
from infra.manifests import Object, Requests, Service


def _workload(kind: str, name: str, *resources: Object) -> Object:
    template = {"spec": {"containers": [{"name": "c", "resources": item} for item in resources]}}
    spec = {"jobTemplate": {"spec": {"template": template}}} if kind == "CronJob" else {"template": template}
    return {"kind": kind, "metadata": {"name": name}, "spec": spec}


def _asks(cpu: str, memory: str, gpus: int = 0) -> Object:
    limits = {"memory": memory, **({"nvidia.com/gpu": str(gpus)} if gpus else {})}
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": limits}


def test_objects_are_read_in_the_order_of_the_files_without_empty_ones(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(yaml.safe_dump({"kind": "B"}), encoding="utf-8")
    (tmp_path / "a.yaml").write_text("kind: A1\n---\nkind: A2\n---\n", encoding="utf-8")
    assert [item["kind"] for item in manifests.read(tmp_path)] == ["A1", "A2", "B"]


def test_every_kind_of_pod_template_is_found_under_the_name_of_its_owner() -> None:
    kinds = ("Deployment", "Job", "CronJob", "DaemonSet", "StatefulSet", "Service")
    found = manifests.pod_templates(_workload(kind, "x", _asks("1", "1Gi")) for kind in kinds)
    assert [(name, template["spec"]["containers"][0]["name"]) for name, template in found] == [
        ("Deployment/x", "c"),
        ("Job/x", "c"),
        ("CronJob/x", "c"),
        ("DaemonSet/x", "c"),
        ("StatefulSet/x", "c"),
    ]


def test_a_service_has_its_ports_and_the_hosts_that_lead_to_it() -> None:
    def service(name: str, *ports: int) -> Object:
        return {"kind": "Service", "metadata": {"name": name}, "spec": {"ports": [{"port": port} for port in ports]}}

    def rule(host: str, name: str) -> Object:
        paths = [{"path": path, "backend": {"service": {"name": name}}} for path in ("/a", "/b")]
        return {"host": host, "http": {"paths": paths}}

    ingress = {"kind": "Ingress", "spec": {"rules": [rule("one.example", "web"), rule("two.example", "web")]}}
    assert manifests.services([service("web", 80, 443), ingress, service("db", 5432)]) == [
        Service("web", (80, 443), ("one.example", "two.example")),
        Service("db", (5432,), ()),
    ]


def test_requests_are_those_of_all_containers_that_keep_running() -> None:
    objects = [
        _workload("Deployment", "a", _asks("250m", "512Mi"), _asks("10m", "32Mi")),
        _workload("Deployment", "b", _asks("1", "1Gi", gpus=1)),
        _workload("Job", "c", _asks("8", "64Gi", gpus=1)),
    ]
    assert manifests.requests(objects) == Requests(cores=1.26, memory=1.53125, gpus=1)


@pytest.mark.parametrize(("quantity", "cores"), [("250m", 0.25), ("2", 2.0), ("0.5", 0.5)])
def test_processors_are_counted_in_cores(quantity: str, cores: float) -> None:
    assert manifests.cores(quantity) == cores


@pytest.mark.parametrize(("quantity", "gibibytes"), [("1048576Ki", 1.0), ("512Mi", 0.5), ("3Gi", 3.0), ("1Ti", 1024.0)])
def test_memory_is_counted_in_gibibytes(quantity: str, gibibytes: float) -> None:
    assert manifests.gibibytes(quantity) == gibibytes
