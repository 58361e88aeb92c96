"""What a running node does as a real one would."""

from __future__ import annotations

import json

import pytest

from infra.process import CommandError
from testnode.layout import NODE_NAME
from testnode.node import Node
from testnode.patience import until
from tests.testnode.pods import NAMESPACE, Object, Pod, apply, execute, server, start

pytestmark = pytest.mark.node

STORE: Object = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "store", "namespace": NAMESPACE},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "64Mi"}}},
}


def _service(name: str, **spec: object) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": "http"}], **spec},
    }


def _deployment(name: str, spec: Object, **more: object) -> Object:
    template = {"metadata": {"labels": {"app": name}}, "spec": spec}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": template, **more},
    }


def _job(name: str, spec: Object) -> Object:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"template": {"spec": {**spec, "restartPolicy": "Never"}}, "backoffLimit": 0},
    }


def _refusal(node: Node, *words: str, manifest: Object) -> str:
    with pytest.raises(CommandError) as refused:
        node.kubectl(*words, "-f", "-", stdin=json.dumps(manifest))
    return str(refused.value)


@pytest.fixture(scope="module", autouse=True)
def _pods(node: Node) -> None:
    apply(node, STORE, _service("web"), _service("headless", clusterIP="None", selector={"app": "web"}))
    claim: Object = {"persistentVolumeClaim": {"claimName": "store"}}
    gpu = {"nvidia.com/gpu": "1", "memory": "64Mi"}
    start(
        node,
        server("web"),
        Pod("client", ("sh", "-c", "echo started; sleep infinity"), uid=4711, volumes={"/store": claim}),
        Pod("gpu", limits=gpu, runtime_class="nvidia-cdi"),
    )


def test_it_is_the_kubernetes_version_that_the_lab_is_made_for(node: Node) -> None:
    version = node.kubectl("get", "nodes", "-o", "jsonpath={.items[*].status.nodeInfo.kubeletVersion}")
    assert version.stdout == "v1.36.3"


def test_a_pod_that_violates_the_namespaces_standard_is_refused(node: Node) -> None:
    pod = Pod("bad").manifest()
    spec = Pod("bad").spec() | {"hostNetwork": True}
    refusal = _refusal(node, "apply", manifest=pod | {"spec": spec})
    assert 'violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true)' in refusal


def test_an_unknown_field_is_refused_under_strict_validation(node: Node) -> None:
    words = ("apply", "--server-side", "--dry-run=server", "--validate=strict")
    refusal = _refusal(node, *words, manifest=_deployment("bad", Pod("bad").spec(), selectr={}))
    assert ".spec.selectr: field not declared in schema" in refusal


def test_a_service_is_reached_by_its_name(node: Node) -> None:
    assert execute(node, "client", "netprobe", "get", "http://web.test.svc.cluster.local") == (0, "web")


def test_a_headless_service_is_the_address_of_its_pod(node: Node) -> None:
    address = node.kubectl("-n", NAMESPACE, "get", "pod", "web", "-o", "jsonpath={.status.podIP}").stdout
    assert execute(node, "client", "netprobe", "dns", "headless") == (0, f"[{address}]")


def test_a_name_that_nobody_configured_does_not_exist(node: Node) -> None:
    done = node.kubectl("-n", NAMESPACE, "exec", "client", "--", "netprobe", "dns", "example.com", check=False)
    assert "lookup example.com on 10.43.0.10:53: no such host" in done.stderr


def test_a_process_of_the_node_itself_reaches_a_service(node: Node) -> None:
    service = node.kubectl("-n", NAMESPACE, "get", "service", "web", "-o", "jsonpath={.spec.clusterIP}").stdout
    fetch = f"import urllib.request as u; print(u.urlopen('http://{service}', timeout=5).read().decode())"
    assert node.inside("python3", "-c", fetch).stdout.strip() == "web"


def test_logs_can_be_read(node: Node) -> None:
    until(lambda: node.kubectl("-n", NAMESPACE, "logs", "client").stdout == "started\n", 60, "the log is there")


def test_no_image_is_deleted_however_full_the_disk_is(node: Node) -> None:
    kubelet = json.loads(node.kubectl("get", "--raw", f"/api/v1/nodes/{NODE_NAME}/proxy/configz").stdout)
    assert kubelet["kubeletconfig"]["imageGCHighThresholdPercent"] == 100


def test_any_user_can_write_a_volume(node: Node) -> None:
    assert execute(node, "client", "sh", "-c", "echo kept > /store/file; cat /store/file; id -u") == (0, "kept\n4711")


def test_the_root_of_a_container_cannot_be_written(node: Node) -> None:
    status, _ = execute(node, "client", "touch", "/file")
    assert status == 1


def test_a_pod_gets_the_gpu_that_it_asks_for(node: Node) -> None:
    assert (
        execute(node, "gpu", "sh", "-c", "ls /dev/nvidia*; echo /dev/nvidia$LAB_GPU")[1].split()
        == [f"/dev/nvidia{execute(node, 'gpu', 'printenv', 'LAB_GPU')[1]}"] * 2
    )


def test_more_gpus_than_there_are_keep_a_pod_waiting(node: Node) -> None:
    apply(node, Pod("greedy", limits={"nvidia.com/gpu": "2"}, runtime_class="nvidia-cdi").manifest())
    condition = "--for=jsonpath={.status.conditions[?(@.type=='PodScheduled')].reason}=Unschedulable"
    node.kubectl("-n", NAMESPACE, "wait", "pod/greedy", condition, "--timeout=30s")


def test_a_job_runs_to_its_end(node: Node) -> None:
    apply(node, _job("once", Pod("once", ("true",)).spec()))
    node.kubectl("-n", NAMESPACE, "wait", "job/once", "--for=condition=Complete", "--timeout=60s")


def test_a_deployment_keeps_its_pods(node: Node) -> None:
    apply(node, _deployment("many", server("many").spec(), replicas=2))
    node.kubectl("-n", NAMESPACE, "rollout", "status", "deployment/many", "--timeout=60s")


def test_a_container_over_its_memory_limit_is_killed(node: Node) -> None:
    hog = ("dd", "if=/dev/zero", "of=/dev/null", "bs=200M", "count=1")
    apply(node, _job("hog", Pod("hog", hog, limits={"memory": "32Mi"}).spec()))
    node.kubectl("-n", NAMESPACE, "wait", "job/hog", "--for=condition=Failed", "--timeout=60s")
    reason = "jsonpath={.items[0].status.containerStatuses[0].state.terminated.reason}"
    pods = node.kubectl("-n", NAMESPACE, "get", "pods", "-l", "job-name=hog", "-o", reason)
    assert pods.stdout == "OOMKilled"
