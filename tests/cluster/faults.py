"""Faults, each done to a part of the running lab for the length of a `with` block; its end takes the cause away."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import deepcopy
from dataclasses import dataclass
from typing import Final

from infra import manifests
from infra.documents.fault_grid import Kind, Part
from infra.labs import DIST
from testnode import containerd
from testnode.images import local_names
from testnode.patience import until
from tests.cluster.observed import GONE_SECONDS
from tests.cluster.running import RunningLab
from tests.cluster.small_volume import SmallVolume, small_volume

MEASURED_SECONDS: Final = 300  # the kubelet measures a volume about once a minute
# A setting that each program reads when it starts and cannot use; the others get an option that they do not know.
FILES: Final = {
    "device-plugin": "config.yaml",
    "litellm": "config.yaml",
    "prometheus": "prometheus.yml",
    "searxng": "settings.yml",
}
VARIABLES: Final = {
    "neo4j": ("NEO4J_server_memory_heap_max__size", "much"),
    "ollama": ("OLLAMA_HOST", "nowhere:11434"),
    "open-webui": ("OPENAI_API_BASE_URL", "http://nowhere:4000/v1"),
    "phoenix": ("PHOENIX_PORT", "none"),
}
NONSENSE: Final = "nonsense: [\n"


@dataclass(frozen=True)
class Scene:
    """The running lab and its manifests."""

    lab: RunningLab
    objects: Sequence[manifests.Object]

    def workload(self, name: str) -> manifests.Object:
        """Give a part's Deployment or DaemonSet, as in the manifests."""
        workloads = manifests.of_kind(self.objects, "Deployment", "DaemonSet")
        return next(item for item in workloads if item["metadata"]["name"] == name)

    def kubectl(self, name: str, *words: str, stdin: str | None = None, timeout: float = 120) -> str:
        """Run kubectl in the namespace of a part."""
        namespace = self.workload(name)["metadata"]["namespace"]
        return self.lab.node.kubectl(f"--namespace={namespace}", *words, stdin=stdin, timeout=timeout).stdout

    def repair(self, name: str) -> None:
        """Apply the part's file of the manifests: of the apply that the doctor advises, what makes a difference."""
        self.lab.node.kubectl("apply", "-f", DIST / self.lab.spec.name / f"{name}.yaml")

    def restart(self, name: str, *, wait: bool) -> None:
        """Delete the part's pods; others', which bear its name to stand in its place, stay."""
        words = ("delete", "pod", "-l", self._pods(name), f"--wait={str(wait).lower()}", f"--timeout={GONE_SECONDS}s")
        self.kubectl(name, *words, timeout=GONE_SECONDS + 30)

    def container(self, name: str) -> str:
        """Give the id of the part's main container, as containerd knows it; a pod that is on its way out is none."""
        main = self.workload(name)["spec"]["template"]["spec"]["containers"][0]["name"]
        pods = json.loads(self.kubectl(name, "get", "pods", "-l", self._pods(name), "-o", "json"))["items"]
        [pod] = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
        statuses = pod["status"]["containerStatuses"]
        [identity] = [status["containerID"] for status in statuses if status["name"] == main]
        return str(identity).removeprefix("containerd://")

    def until_ready(self, name: str, seconds: int) -> None:
        """Return when the part is as its manifest says."""
        kind = self.workload(name)["kind"].lower()
        self.kubectl(name, "rollout", "status", f"{kind}/{name}", f"--timeout={seconds}s", timeout=seconds + 20)

    def _pods(self, name: str) -> str:
        """Select the pods that the workload itself has made."""
        mark = {"Deployment": "pod-template-hash", "DaemonSet": "controller-revision-hash"}
        return f"app.kubernetes.io/name={name},{mark[self.workload(name)['kind']]}"


@contextmanager
def deleted(scene: Scene, part: Part) -> Iterator[None]:
    """Delete the workload with its pods."""
    kind = scene.workload(part.name)["kind"].lower()
    words = ("delete", f"{kind}/{part.name}", "--cascade=foreground")
    try:
        scene.kubectl(part.name, *words, timeout=GONE_SECONDS)
        yield
    finally:
        scene.repair(part.name)


@contextmanager
def killed(scene: Scene, part: Part) -> Iterator[None]:
    """Kill all processes of the main container, as the kernel does where memory is short."""
    words = ("tasks", "kill", "--all", "--signal", "SIGKILL", scene.container(part.name))
    scene.lab.node.inside(*containerd.command(*words))
    yield


@contextmanager
def without_dependency(scene: Scene, part: Part) -> Iterator[None]:
    """Delete what the part needs, and start the part anew."""
    assert part.needs
    with deleted(scene, Part(part.needs)):
        scene.restart(part.name, wait=False)
        yield


@contextmanager
def full(scene: Scene, part: Part) -> Iterator[None]:
    """Fill the part's volume, which must be a small one; the doctor can know it when the kubelet does."""
    assert part.writes
    volume = SmallVolume(scene.lab, part.writes)
    try:
        volume.fill()
        until(volume.known_to_be_full, MEASURED_SECONDS, "the kubelet has measured the volume")
        yield
    finally:
        volume.empty()


def stage(scene: Scene, part: Part, kind: Kind) -> AbstractContextManager[object]:
    """Prepare what a fault needs that is none itself."""
    if kind is not Kind.FULL:
        return nullcontext()
    assert part.writes
    return small_volume(scene.lab, part.name, part.writes)


@contextmanager
def misconfigured(scene: Scene, part: Part) -> Iterator[None]:
    """Apply a configuration that the part cannot use."""
    changed = [_changed(scene.workload(part.name)), *_changed_files(scene, part)]
    items = json.dumps({"apiVersion": "v1", "kind": "List", "items": changed})
    try:
        scene.kubectl(part.name, "apply", "-f", "-", stdin=items)
        yield
    finally:
        scene.repair(part.name)


def _changed(workload: manifests.Object) -> manifests.Object:
    changed = deepcopy(workload)
    name, template = changed["metadata"]["name"], changed["spec"]["template"]
    container = template["spec"]["containers"][0]
    if name in FILES:
        template["metadata"]["annotations"]["ailab/configuration"] = "another"
    elif name in VARIABLES:
        variable, value = VARIABLES[name]
        [entry] = [entry for entry in container["env"] if entry["name"] == variable]
        entry["value"] = value
    else:
        container["args"].append("--no-such-option")
    return changed


def _changed_files(scene: Scene, part: Part) -> Iterator[manifests.Object]:
    if part.name in FILES:
        maps = manifests.of_kind(scene.objects, "ConfigMap")
        [found] = [item for item in maps if item["metadata"]["name"] == part.name]
        assert FILES[part.name] in found["data"]
        yield {**found, "data": {**found["data"], FILES[part.name]: NONSENSE}}


@contextmanager
def imageless(scene: Scene, part: Part) -> Iterator[None]:
    """Take the part's image from the node, and start the part anew; no registry is there to pull it from."""
    node = scene.lab.node
    reference = scene.workload(part.name)["spec"]["template"]["spec"]["containers"][0]["image"]
    kept = node.layout.folder / f"{part.name}.tar"
    listed = node.inside(*containerd.command("images", "ls")).stdout.splitlines()
    digest = {line.split()[2] for line in listed if line.split()[0] in local_names(reference)}
    names = [line.split()[0] for line in listed if line.split()[2] in digest]
    # Without `--local` one archive in a hundred was cut off, with status 0: containerd writes it by a stream.
    node.inside(*containerd.command("images", "export", "--local", kept, *names))
    try:
        node.inside(*containerd.command("images", "rm", "--sync", *names))
        scene.restart(part.name, wait=False)
        yield
    finally:
        node.inside(*containerd.command("images", "import", kept))
        kept.unlink()


WAYS: Final[dict[Kind, Callable[[Scene, Part], AbstractContextManager[None]]]] = {
    Kind.DELETED: deleted,
    Kind.KILLED: killed,
    Kind.DEPENDENCY: without_dependency,
    Kind.FULL: full,
    Kind.CONFIGURATION: misconfigured,
    Kind.IMAGE: imageless,
}
