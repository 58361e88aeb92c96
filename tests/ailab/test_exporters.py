from __future__ import annotations

import yaml

from ailab.exporters import KubeStateMetrics, NodeExporter
from ailab.images import LITELLM, NODE_EXPORTER
from ailab.prometheus import Prometheus, Scrape
from ailab.spec.observability import PrometheusSpec
from infra.manifests import of_kind
from tests.ailab.scene import Scene, ends
from tests.policy.seeds import find


def test_the_state_of_objects_is_read_without_secrets_and_of_the_labs_namespaces_alone(scene: Scene) -> None:
    KubeStateMetrics(scene.chart, "kube-state-metrics", namespaces=("ai-lab", "lab-system"), api_port=6443)
    objects = scene.objects()
    roles = list(of_kind(objects, "Role"))
    assert [role["metadata"]["namespace"] for role in roles] == ["ai-lab", "lab-system"]
    read = {resource for role in roles for rule in role["rules"] for resource in rule["resources"]}
    assert read == {"cronjobs", "daemonsets", "deployments", "jobs", "persistentvolumeclaims", "pods"}
    assert list(of_kind(objects, "ClusterRole")) == []
    subjects = [subject for item in of_kind(objects, "RoleBinding") for subject in item["subjects"]]
    account = {"kind": "ServiceAccount", "name": "kube-state-metrics", "namespace": "ai-lab"}
    assert subjects == [account, account]
    assert ends(objects) == {("kube-state-metrics", "api-server", 6443)}


def test_prometheus_finds_the_nodes_exporter_in_the_namespace_of_the_node(scene: Scene) -> None:
    prometheus = Prometheus(scene.chart, "prometheus", PrometheusSpec())
    exporter = NodeExporter(scene.system_chart, "node-exporter")
    prometheus.watches(Scrape(part=exporter))
    objects = scene.objects()
    config = yaml.safe_load(find(objects, "ConfigMap/prometheus")["data"]["prometheus.yml"])
    [job] = config["scrape_configs"]
    assert job["static_configs"] == [{"targets": ["node-exporter.lab-system:9100"]}]
    assert ends(objects) == {("prometheus", "node-exporter", 9100)}
    [rule] = find(objects, "NetworkPolicy/node-exporter")["spec"]["ingress"]
    assert rule["from"][0]["namespaceSelector"] == {"matchLabels": {"kubernetes.io/metadata.name": "ai-lab"}}


def test_a_scrape_goes_to_the_services_port_and_is_let_into_the_containers(scene: Scene) -> None:
    prometheus = Prometheus(scene.chart, "prometheus", PrometheusSpec())
    prometheus.watches(Scrape(part=scene.ingress()))  # its Service leads from 80 to 8080
    objects = scene.objects()
    config = yaml.safe_load(find(objects, "ConfigMap/prometheus")["data"]["prometheus.yml"])
    assert [job["static_configs"] for job in config["scrape_configs"]] == [[{"targets": ["ingress:80"]}]]
    assert {edge for edge in ends(objects) if "prometheus" in edge} == {("prometheus", "ingress", 8080)}


def test_who_reads_the_nodes_processes_is_not_who_has_the_keys_in_its_environment() -> None:
    assert NODE_EXPORTER.user != LITELLM.user
