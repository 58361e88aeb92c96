"""What `dist/argocd/` lets a repository do to a cluster: what the labs need, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import pytest

from ailab.argocd import ArgoCd
from ailab.spec import ArgoCdSpec, load
from infra import manifests
from infra.labs import all_labs
from infra.manifests import Object
from tests.lab_files import valid
from tests.synthesis import committed, manifests_of

CLUSTER: Final = "https://kubernetes.default.svc"
REPOSITORY: Final = "https://git.example/you/gpu-lab.git"


def _object(api_version: str, kind: str, name: str, namespace: str | None = None) -> Object:
    where = {"namespace": namespace} if namespace else {}
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, **where}}


def _project(objects: Sequence[Object]) -> Object:
    [project] = manifests.of_kind(objects, "AppProject")
    spec: Object = project["spec"]
    return spec


def _refused(project: Object, objects: Sequence[Object]) -> Iterator[str]:
    """Judge as Argo CD does: github.com/argoproj/argo-cd, pkg/apis/application/v1alpha1/app_project_types.go."""
    places = {place.get("namespace") for place in project["destinations"]}
    for item in objects:
        kind = {"group": item["apiVersion"].rpartition("/")[0], "kind": item["kind"]}
        name, namespace = item["metadata"]["name"], item["metadata"].get("namespace")
        if namespace:
            permitted = kind in project["namespaceResourceWhitelist"] and namespace in places
        else:
            permitted = any(
                kind == {"group": row["group"], "kind": row["kind"]} and fnmatchcase(name, row["name"])
                for row in project["clusterResourceWhitelist"]
            )
        if not permitted:
            yield f"{item['kind']}/{name}"


def test_the_project_permits_every_object_of_every_lab() -> None:
    found = [item for spec in all_labs() for item in committed(spec.name)]
    assert found
    assert list(_refused(_project(committed("argocd")), found)) == []


def test_the_project_permits_every_object_of_labs_that_share_a_cluster(tmp_path: Path) -> None:
    files = [valid(name) for name in ("ten-lines", "what-the-cluster-has")]
    spec = ArgoCdSpec(repository=REPOSITORY, revision="main")
    ArgoCd(spec, [load(file) for file in files], tmp_path).synth()
    found = [item for file in files for item in manifests_of(file)]
    assert list(_refused(_project(manifests.read(tmp_path)), found)) == []


def test_the_project_permits_no_namespace_that_no_lab_has() -> None:
    used = {item["metadata"].get("namespace") for spec in all_labs() for item in committed(spec.name)}
    assert {place.get("namespace") for place in _project(committed("argocd"))["destinations"]} == used
    assert {place["server"] for place in _project(committed("argocd"))["destinations"]} == {CLUSTER}


@pytest.mark.parametrize(
    "item",
    [
        _object("v1", "Secret", "litellm", "ai-lab"),
        _object("v1", "Pod", "shell", "ai-lab"),
        _object("v1", "ConfigMap", "coredns", "kube-system"),
        _object("argoproj.io/v1alpha1", "AppProject", "labs", "argocd"),
        _object("v1", "Namespace", "default"),
        _object("v1", "Node", "lab-node"),
        _object("rbac.authorization.k8s.io/v1", "ClusterRole", "cluster-admin"),
        _object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "another-lab-ingress"),
        _object("node.k8s.io/v1", "RuntimeClass", "runc"),
        _object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "gpu-lab-things.example"),
    ],
    ids=lambda item: f"{item['kind']}/{item['metadata']['name']}",
)
def test_the_project_refuses_what_no_lab_has(item: Object) -> None:
    assert list(_refused(_project(committed("argocd")), [item])) == [f"{item['kind']}/{item['metadata']['name']}"]


def test_each_folder_of_dist_but_its_own_is_a_lab_that_is_kept_as_it_says() -> None:
    [applications] = manifests.of_kind(committed("argocd"), "ApplicationSet")
    assert applications["spec"] == {
        "goTemplate": True,
        "goTemplateOptions": ["missingkey=error"],
        "generators": [
            {
                "git": {
                    "repoURL": REPOSITORY,
                    "revision": "main",
                    "directories": [{"path": "dist/*"}, {"path": "dist/argocd", "exclude": True}],
                }
            }
        ],
        "syncPolicy": {"preserveResourcesOnDeletion": True},
        "template": {
            # No finalizer: it would delete the lab with its Application.
            "metadata": {"name": "{{.path.basename}}"},
            "spec": {
                "project": "labs",
                "source": {"repoURL": REPOSITORY, "targetRevision": "main", "path": "{{.path.path}}"},
                "destination": {"server": CLUSTER},
                "syncPolicy": {
                    "automated": {"prune": True, "selfHeal": True},
                    "retry": {"limit": 5, "refresh": True},
                    "syncOptions": ["ServerSideApply=true", "FailOnSharedResource=true"],
                },
            },
        },
    }
