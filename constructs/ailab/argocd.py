"""What Argo CD is told once, by hand: where the labs are, and what they may be. All else it finds in the repository."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from cdk8s import ApiObjectMetadata, Chart

from ailab.ingress import NO_SECRETS
from ailab.manifest import KINDS, NAMESPACE, RUNTIME_CLASS, Kind
from ailab.output import Output
from ailab.pod import GPU_RUNTIME_CLASS
from ailab.spec.argocd import FOLDER, ArgoCdSpec
from ailab.spec.lab import LabSpec
from imports.io import argoproj as argo

LABS: Final = "labs"
"""Name of the project and of the set of Applications."""
THIS_CLUSTER: Final = "https://kubernetes.default.svc"
# Its objects are made by server-side apply, which takes over what kubectl has applied, and needs no annotation with a
# copy of each object. One that is another Application's is left to that.
SYNC_OPTIONS: Final = ["ServerSideApply=true", "FailOnSharedResource=true"]
RETRIES: Final = 5


class ArgoCd(Output):
    """An AppProject and an ApplicationSet. `synth` writes them into `folder`."""

    def __init__(self, spec: ArgoCdSpec, labs: Sequence[LabSpec], folder: Path) -> None:
        super().__init__(folder, made_from="argocd.toml and labs/*.toml")
        chart = Chart(self, FOLDER, namespace=spec.namespace, disable_resource_name_hashes=True)
        metadata = ApiObjectMetadata(name=LABS)
        argo.AppProject(chart, "project", metadata=metadata, spec=_project(spec, labs))
        argo.ApplicationSet(chart, "labs", metadata=metadata, spec=_applications(spec))


def _project(spec: ArgoCdSpec, labs: Sequence[LabSpec]) -> argo.AppProjectSpec:
    """Limit what the repository can do to a cluster: the namespaces and kinds of labs that are known now."""
    # The first has no namespace: it is that of the Applications, whose objects each name their own.
    places = [None, *_namespaces(labs)]
    return argo.AppProjectSpec(
        description="The labs of dist/: no other namespace, no Secret, no kind that a lab does not have",
        source_repos=[spec.repository],
        destinations=[argo.AppProjectSpecDestinations(server=THIS_CLUSTER, namespace=place) for place in places],
        cluster_resource_whitelist=[
            argo.AppProjectSpecClusterResourceWhitelist(group=kind.group, kind=kind.name, name=name)
            for kind in KINDS
            if not kind.namespaced
            for name in _names(kind, labs)
        ],
        namespace_resource_whitelist=[
            argo.AppProjectSpecNamespaceResourceWhitelist(group=kind.group, kind=kind.name)
            for kind in KINDS
            if kind.namespaced
        ],
    )


def _namespaces(labs: Sequence[LabSpec]) -> Iterator[str]:
    for lab in labs:
        yield from (lab.namespace, lab.system_namespace)
    if any(lab.web.existing is None for lab in labs):
        yield NO_SECRETS


def _names(kind: Kind, labs: Sequence[LabSpec]) -> Iterator[str]:
    """Give the names that objects without a namespace may have."""
    if kind is NAMESPACE:
        yield from (name for lab in labs for name in (lab.namespace, lab.system_namespace))
    elif kind is RUNTIME_CLASS:
        yield GPU_RUNTIME_CLASS
    else:
        yield from (f"{lab.name}-*" for lab in labs)


def _applications(spec: ArgoCdSpec) -> argo.ApplicationSetSpec:
    """Make an Application of each folder of dist/, in whatever order they come and go."""
    return argo.ApplicationSetSpec(
        go_template=True,
        go_template_options=["missingkey=error"],
        generators=[
            argo.ApplicationSetSpecGenerators(
                git=argo.ApplicationSetSpecGeneratorsGit(
                    repo_url=spec.repository,
                    revision=spec.revision,
                    directories=[
                        argo.ApplicationSetSpecGeneratorsGitDirectories(path="dist/*"),
                        argo.ApplicationSetSpecGeneratorsGitDirectories(path=f"dist/{FOLDER}", exclude=True),
                    ],
                )
            )
        ],
        # A folder that is gone, by mistake too, ends what keeps the lab as it was said, not the lab.
        sync_policy=argo.ApplicationSetSpecSyncPolicy(preserve_resources_on_deletion=True),
        template=argo.ApplicationSetSpecTemplate(
            metadata=argo.ApplicationSetSpecTemplateMetadata(name="{{.path.basename}}"),
            spec=_application(spec),
        ),
    )


def _application(spec: ArgoCdSpec) -> argo.ApplicationSetSpecTemplateSpec:
    return argo.ApplicationSetSpecTemplateSpec(
        # Not by the folder's name: whoever can push a folder would choose the project that limits it.
        project=LABS,
        source=argo.ApplicationSetSpecTemplateSpecSource(
            repo_url=spec.repository, target_revision=spec.revision, path="{{.path.path}}"
        ),
        destination=argo.ApplicationSetSpecTemplateSpecDestination(server=THIS_CLUSTER),
        sync_policy=argo.ApplicationSetSpecTemplateSpecSyncPolicy(
            automated=argo.ApplicationSetSpecTemplateSpecSyncPolicyAutomated(prune=True, self_heal=True),
            # With the newest commit: a repair is not kept waiting by what it repairs.
            retry=argo.ApplicationSetSpecTemplateSpecSyncPolicyRetry(limit=RETRIES, refresh=True),
            sync_options=SYNC_OPTIONS,
        ),
    )
