"""The real Argo CD keeps the labs as a repository says: the running one, and a second one beside it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from ailab import Lab
from ailab.argocd import ArgoCd
from ailab.spec import ArgoCdSpec, LabSpec
from ailab.spec.argocd import FOLDER
from infra import process
from infra.labs import DIST
from testnode.argocd import KINDS, RECIPE
from testnode.argocd_components import running_argocd
from testnode.node import Node
from testnode.patience import until
from tests import schemas
from tests.cluster.applications import SECONDS, Applications
from tests.cluster.repository import BRANCH, Repository
from tests.cluster.running import RunningLab, absent
from tests.readme import way

pytestmark = pytest.mark.proves(3)

SMALL: Final = "small"
APPLY: Final = "kubectl apply -f dist/argocd"
GRACE: Final = "terminationGracePeriodSeconds: 150"


@dataclass(frozen=True)
class Site:
    """Argo CD at work, with the pods of the first lab as they were before.

    The second lab has no secrets, so that its pods wait and take no time; `small` is its folder in the owner's clone.
    """

    node: Node
    repository: Repository
    applications: Applications
    pods_before: dict[str, object]

    @property
    def small(self) -> Path:
        return self.repository.dist / SMALL

    def pushed(self, what: str) -> str:
        """Push the clone and return the commit once the second lab is synced to it."""
        commit = self.repository.push(what)
        self.applications.synced(SMALL, commit)
        return commit

    def get(self, kind: str, name: str) -> dict[str, Any]:
        """Read an object of the second lab; empty where it is not there."""
        words = ("get", kind, name, f"--namespace={SMALL}", "--ignore-not-found", "--output=json")
        return dict(json.loads(self.node.kubectl(*words).stdout or "{}"))

    def change(self, file: str, old: str, new: str) -> None:
        """Change the one place of a file of the second lab that says something."""
        path = self.small / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")


def _second(lab: LabSpec) -> LabSpec:
    """Describe a gateway with its database, which leaves to the first lab what a cluster has once."""
    return LabSpec.model_validate(
        {
            "name": SMALL,
            "namespace": SMALL,
            "tailnet": lab.tailnet,
            "without": ["chat", "search", "graph", "observability"],
            "cluster": {"platform": "existing"},
            "web": {"existing": {"class": "gpu-lab-ingress", "namespace": lab.namespace}},
            "providers": {"anthropic": {"models": {"claude": "claude-sonnet-5-5"}}},
        }
    )


def _command(lab: RunningLab, line: str, repository: Repository) -> list[str]:
    """Run a command of the README where it is meant to be given."""
    env = {"KUBECONFIG": str(lab.node.kubeconfig), "PATH": f"{lab.home}:{os.environ['PATH']}"}
    return process.run(["sh", "-c", line], env=env, cwd=repository.clone, timeout=SECONDS).stdout.splitlines()


def _pods(node: Node, namespace: str) -> dict[str, object]:
    """Give each pod that is there for good, with the restarts of its containers."""
    found = json.loads(node.kubectl("get", "pods", f"--namespace={namespace}", "--output=json").stdout)["items"]
    return {
        pod["metadata"]["uid"]: [status["restartCount"] for status in pod["status"].get("containerStatuses", [])]
        for pod in found
        if "pod-template-hash" in pod["metadata"]["labels"]
    }


@pytest.fixture(scope="module")
def site(lab: RunningLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start Argo CD where kubectl has applied the first lab, and tell it of both."""
    node, spec = lab.node, lab.spec
    before = _pods(node, spec.namespace)
    folder = tmp_path_factory.mktemp("argocd")
    repository = Repository.create(folder)
    second = _second(spec)
    shutil.copytree(DIST / spec.name, repository.dist / spec.name)
    Lab(second, repository.dist / SMALL).synth()
    told = ArgoCdSpec(repository=repository.url, revision=BRANCH)
    ArgoCd(told, [spec, second], repository.dist / FOLDER).synth()
    repository.push("two labs")
    with ExitStack() as ends:
        # Argo CD takes away kubectl's note of what it applied, without which it takes every object for a changed one.
        ends.callback(node.kubectl, "apply", "-f", DIST / spec.name)
        ends.callback(_forget, node)
        ends.enter_context(running_argocd(node, folder))
        ends.callback(node.kubectl, "delete", "applicationset", "--all", "--namespace=argocd")
        _command(lab, way(APPLY)[0], repository)
        site = Site(node, repository, Applications(node), before)
        until(lambda: site.applications.names() == {spec.name, SMALL}, SECONDS, "both labs have an Application")
        commit = site.pushed("nothing new")
        site.applications.synced(spec.name, commit)
        yield site


def _forget(node: Node) -> None:
    """Delete the second lab, its pods first.

    A namespace whose pods may take long to end is looked at again after half of that time at the earliest:
    kubernetes/kubernetes, pkg/controller/namespace/namespace_controller.go
    """
    words = ("deployments,cronjobs,jobs", "--all", f"--namespace={SMALL}", "--cascade=foreground")
    node.kubectl("delete", *words, timeout=SECONDS)
    node.kubectl("delete", "namespace", SMALL, "--ignore-not-found", timeout=SECONDS)


@pytest.fixture
def undone(site: Site) -> Iterator[Site]:
    """Take back what a test has pushed."""
    with site.repository.undone():
        yield site
    until(lambda: SMALL in site.applications.names(), SECONDS, "the second lab has its Application again")
    site.pushed("nothing new")


def test_what_imports_says_of_argo_cds_kinds_is_what_argo_cd_says() -> None:
    real = {}
    for file in (RECIPE.folder / KINDS).glob("*.yaml"):
        item = yaml.safe_load(file.read_text(encoding="utf-8"))
        [version] = item["spec"]["versions"]
        kind = (f"{item['spec']['group']}/{version['name']}", item["spec"]["names"]["kind"])
        real[kind] = version["schema"]["openAPIV3Schema"]
    assert {kind: list(_other(ours, real[kind], "")) for kind, ours in schemas.definitions().items()} == {
        ("argoproj.io/v1alpha1", "AppProject"): [],
        ("argoproj.io/v1alpha1", "ApplicationSet"): [],
    }


def _other(ours: dict[str, Any], theirs: dict[str, Any], path: str) -> Iterator[str]:
    """Name every place where our part of a schema says something else than the whole one."""
    for key in ("type", "format", "required"):
        if ours.get(key) != theirs.get(key):
            yield f"{path}: {key} is {theirs.get(key)}"
    if "items" in ours:
        yield from _other(ours["items"], theirs["items"], f"{path}[]")
    for name, field in ours.get("properties", {}).items():
        if name not in theirs["properties"]:
            yield f"{path}.{name}: is not there"
        else:
            yield from _other(field, theirs["properties"][name], f"{path}.{name}")


def test_a_lab_that_kubectl_applied_is_taken_over_and_no_pod_is_another(site: Site, spec: LabSpec) -> None:
    assert site.pods_before
    assert site.applications.read(spec.name).synced
    assert _pods(site.node, spec.namespace) == site.pods_before


def test_the_commands_of_the_readme_show_both_labs(site: Site, lab: RunningLab) -> None:
    """Its first has made them; test_readme.py has the second one."""
    _, secrets, show = way(APPLY)
    shown = _command(lab, show, site.repository)
    assert [line.split()[0] for line in shown] == ["NAME", lab.spec.name, SMALL]
    assert secrets == way("kubectl apply -f dist/gpu-lab")[1]


def test_every_object_of_both_labs_is_as_the_repository_says(site: Site, spec: LabSpec) -> None:
    commit = site.repository.push("looked at again")
    for name in (spec.name, SMALL):
        assert site.applications.compared(name, commit).differing == set()


def test_a_lab_is_as_healthy_as_what_runs(site: Site, lab: RunningLab, objects: list[dict[str, Any]]) -> None:
    """Neither an Ingress without a load balancer nor a claim for the nightly dumps keeps it from being healthy."""
    cannot = {f"{item['kind']}/{item['metadata']['name']}" for item in objects if _has_pods(item) and absent([item])}
    assert cannot
    until(lambda: site.applications.read(lab.spec.name).unhealthy <= cannot, SECONDS, "what can run is healthy")


def _has_pods(item: dict[str, Any]) -> bool:
    return item["kind"] in {"DaemonSet", "Deployment"}


def test_a_sync_ends_although_nothing_of_the_lab_runs_yet(site: Site) -> None:
    """Its pods wait for secrets, as others do for a model: the next commit is not kept waiting."""
    found = site.applications.read(SMALL)
    assert (found.phase, found.health) == ("Succeeded", "Progressing")
    assert site.get("deployment", "litellm")["status"].get("availableReplicas", 0) == 0


def test_what_is_pushed_is_applied(undone: Site) -> None:
    undone.change("litellm.yaml", GRACE, GRACE.replace("150", "151"))
    undone.pushed("one second more")
    assert undone.get("deployment", "litellm")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 151


def test_what_left_the_repository_is_pruned_but_neither_data_nor_the_namespace_nor_a_secret(undone: Site) -> None:
    secret = ("create", "secret", "generic", "postgres", f"--namespace={SMALL}", "--from-literal=canary=kept")
    undone.node.kubectl(*secret)
    (undone.small / "postgres.yaml").unlink()
    (undone.small / "00-namespace.yaml").unlink()
    commit = undone.pushed("no database")
    assert undone.get("deployment", "postgres") == {}
    assert undone.get("networkpolicy", "default-deny") == {}
    assert undone.get("persistentvolumeclaim", "postgres-data")["status"]["phase"] in {"Bound", "Pending"}
    assert undone.get("namespace", SMALL)["status"] == {"phase": "Active"}
    assert undone.get("secret", "postgres")["metadata"]["name"] == "postgres"
    found = undone.applications.compared(SMALL, commit)
    assert found.differing == {f"Namespace/{SMALL}", "PersistentVolumeClaim/postgres-data"}
    assert not [name for name in found.objects if name.startswith("Secret/")]


@pytest.mark.parametrize(
    "words",
    [("scale", "deployment/litellm", "--replicas=3"), ("delete", "service", "litellm")],
    ids=["changed", "deleted"],
)
def test_what_is_changed_by_hand_is_healed(site: Site, words: tuple[str, ...]) -> None:
    site.node.kubectl(*words, f"--namespace={SMALL}")
    until(lambda: _as_said(site), SECONDS, "the gateway is as the repository says")


def _as_said(site: Site) -> bool:
    deployment, service = site.get("deployment", "litellm"), site.get("service", "litellm")
    return deployment["spec"]["replicas"] == 1 and "metadata" in service


def test_a_restart_for_a_new_secret_is_not_taken_back(site: Site) -> None:
    """`./lab secrets rotate` restarts what uses it, as kubectl does, by a mark that the repository has not."""
    site.node.kubectl("rollout", "restart", "deployment/litellm", f"--namespace={SMALL}")
    commit = site.repository.push("looked at again")
    assert site.applications.synced(SMALL, commit).differing == set()
    marks = site.get("deployment", "litellm")["spec"]["template"]["metadata"]["annotations"]
    assert "kubectl.kubernetes.io/restartedAt" in marks


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        pytest.param(f"{GRACE}: [", "mapping values are not allowed", id="no YAML"),
        pytest.param(f"{GRACE} s", "terminationGracePeriodSeconds: expected numeric", id="a wrong type"),
        pytest.param(f"hostNetworks: true\n      {GRACE}", "hostNetworks", id="an unknown field"),
    ],
)
def test_a_broken_manifest_is_told_and_nothing_of_its_commit_is_applied(undone: Site, broken: str, told: str) -> None:
    before = _versions(undone)
    undone.change("litellm.yaml", GRACE, broken)
    (undone.small / "postgres.yaml").unlink()
    undone.applications.told(SMALL, undone.repository.push("broken"), told)
    assert _versions(undone) == before


def test_a_secret_in_the_repository_is_refused(undone: Site) -> None:
    item = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "canary", "namespace": SMALL}}
    (undone.small / "secret.yaml").write_text(yaml.safe_dump(item), encoding="utf-8")
    commit = undone.repository.push("a secret")
    undone.applications.told(SMALL, commit, "resource :Secret is not permitted in project labs")
    assert undone.get("secret", "canary") == {}


def test_a_folder_that_no_lab_file_made_gets_no_namespace(undone: Site) -> None:
    folder = undone.repository.dist / "default"  # the name of Argo CD's own project, which permits everything
    folder.mkdir()
    item = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "stranger"}}
    (folder / "namespace.yaml").write_text(yaml.safe_dump(item), encoding="utf-8")
    commit = undone.repository.push("a stranger")
    until(lambda: "default" in undone.applications.names(), SECONDS, "the folder has an Application")
    undone.applications.told("default", commit, "resource :Namespace is not permitted in project labs")
    assert undone.node.kubectl("get", "namespace", "stranger", "--ignore-not-found").stdout == ""


def test_a_lab_whose_folder_is_gone_is_kept_no_more_and_goes_on(undone: Site, spec: LabSpec) -> None:
    before = _versions(undone)
    shutil.rmtree(undone.small)
    undone.repository.push("one lab")
    until(lambda: undone.applications.names() == {spec.name}, SECONDS, "its Application is gone")
    assert _versions(undone) == before


def _versions(site: Site) -> dict[str, tuple[str, int]]:
    """Give each object of the second lab that is not made by a controller, and how often its content changed."""
    kinds = "deployments,services,configmaps,networkpolicies,ingresses,persistentvolumeclaims,cronjobs,jobs"
    words = ("get", kinds, f"--namespace={SMALL}", "--output=json")
    found = [item for item in json.loads(site.node.kubectl(*words).stdout)["items"] if _applied(item["metadata"])]
    return {
        f"{item['kind']}/{item['metadata']['name']}": (item["metadata"]["uid"], item["metadata"].get("generation", 0))
        for item in found
    }


def _applied(metadata: dict[str, Any]) -> bool:
    return "ownerReferences" not in metadata and metadata["name"] != "kube-root-ca.crt"
