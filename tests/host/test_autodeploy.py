"""A lab's manifests in the hands of k3s: one AddOn, from which what has left `dist/` is deleted and nothing else."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import pytest
from pydantic import ValidationError

from ailab.spec import LabSpec
from infra import manifests, process
from infra.errors import LabError
from infra.labs import DIST, ROOT
from infra.process import Completed
from infra.shipping import manifests as shipping
from infra.shipping.cluster import why_not
from infra.shipping.places import MANIFESTS
from infra.ssh import Login
from tests.host.deploy_controller import DeployController, Event, Key, key_of
from tests.host.recorded import Machine

pytestmark = pytest.mark.needs("tar", "cmp")

ADDON: Final = "lab-gpu-lab"
LONG_AGO: Final = 1_700_000_000
LOGIN: Final = Login("nowhere", "gpu-lab", Path("nothing"), Path("nothing"))


@dataclass(frozen=True)
class Host(Machine):
    """A host with a lab's manifests beside it, and k3s's folder for what it applies."""

    @property
    def source(self) -> Path:
        return self.folder / "dist"

    @property
    def manifests(self) -> Path:
        return self.folder / "manifests"

    @property
    def target(self) -> Path:
        return self.manifests / f"{ADDON}.yaml"

    def deliver(self, lab: str = "gpu-lab") -> bool:
        return shipping.deliver(LOGIN, lab, self.source)

    def objects(self) -> set[Key]:
        """Return what the manifests of the source hold."""
        return {key_of(item) for item in manifests.read(self.source)}

    def shell(self) -> Callable[..., Completed]:
        """Give what runs here what would run there, by ssh; tests/shipping has a real one."""

        def script(_login: Login, text: str, *arguments: str, timeout: float, stdin: bytes) -> Completed:
            path = f"{self.folder}/bin:{os.environ['PATH']}"
            return process.run(["sh", "-euc", text, "sh", *arguments], stdin=stdin, env={"PATH": path}, timeout=timeout)

        return script


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    host = Host(tmp_path)
    shutil.copytree(DIST / "gpu-lab", host.source)
    host.manifests.mkdir()
    monkeypatch.setattr(shipping, "MANIFESTS", PurePosixPath(host.manifests))
    monkeypatch.setattr(shipping, "script", host.shell())
    return host


@pytest.fixture
def k3s(host: Host) -> DeployController:
    """Give a k3s that has applied the lab."""
    assert host.deliver()
    k3s = DeployController(host.manifests)
    k3s.look()
    return k3s


def test_the_whole_lab_is_one_addon_with_every_object_of_dist(host: Host, k3s: DeployController) -> None:
    assert k3s.events == [Event(ADDON, "AppliedManifest")]
    assert k3s.of(ADDON) == host.objects()
    assert [file.name for file in host.manifests.iterdir()] == [f"{ADDON}.yaml"]


def test_an_object_that_has_left_dist_is_deleted_and_no_other(host: Host, k3s: DeployController) -> None:
    before = host.objects()
    (host.source / "searxng.yaml").unlink()
    gone = before - host.objects()
    assert gone
    assert host.deliver()
    k3s.look()
    assert before - k3s.of(ADDON) == gone


def test_volumes_and_the_namespace_stay_even_so(host: Host, k3s: DeployController) -> None:
    for name in ("00-namespace.yaml", "postgres.yaml"):
        (host.source / name).unlink()
    host.deliver()
    k3s.look()
    kept = {(kind, name) for kind, _, name in k3s.of(ADDON) - host.objects()}
    assert kept == {("Namespace", "ai-lab"), ("PersistentVolumeClaim", "postgres-data")}


def test_a_change_is_seen_whatever_time_the_files_of_the_source_have(host: Host, k3s: DeployController) -> None:
    """Those of an archive keep an old one."""
    (host.source / "searxng.yaml").unlink()
    for left in host.source.iterdir():
        os.utime(left, (LONG_AGO, LONG_AGO))
    host.deliver()
    assert host.target.stat().st_mtime > LONG_AGO
    k3s.look()
    assert not [key for key in k3s.of(ADDON) if key[2] == "searxng"]


def test_two_changes_within_one_second_are_both_seen(host: Host, k3s: DeployController) -> None:
    for name in ("searxng.yaml", "neo4j.yaml"):
        (host.source / name).unlink()
        host.deliver()
        k3s.look()
    assert [event.reason for event in k3s.events] == ["AppliedManifest"] * 3


def test_what_is_there_already_is_left_as_it_is(host: Host, k3s: DeployController) -> None:
    before = host.target.stat()
    assert not host.deliver()
    assert host.target.stat() == before
    k3s.look()
    assert k3s.events == [Event(ADDON, "AppliedManifest")]


def test_a_file_with_its_old_time_would_not_be_read(host: Host, k3s: DeployController) -> None:
    time = host.target.stat().st_mtime
    host.target.write_text("")
    os.utime(host.target, (time, time))
    k3s.look()
    assert k3s.of(ADDON) == host.objects()


def test_a_file_that_is_only_deleted_leaves_its_objects(host: Host, k3s: DeployController) -> None:
    host.target.unlink()
    k3s.look()
    assert k3s.of(ADDON) == host.objects()


def test_a_lab_is_removed_by_the_documented_command_but_for_volumes_and_namespaces(
    host: Host, k3s: DeployController
) -> None:
    """nixos/README.md has it; it needs the operator's ssh and no verb, since a lab and its machine end together."""
    [line] = re.findall(r"^\./lab ssh (truncate .+)$", (ROOT / "nixos/README.md").read_text(), re.MULTILINE)
    *words, file = shlex.split(line)
    assert PurePosixPath(file) == MANIFESTS / shipping.file_of("gpu-lab")
    process.run([*words, host.target], timeout=60)
    k3s.look()
    assert {kind for kind, _, _ in k3s.of(ADDON)} == {"Namespace", "PersistentVolumeClaim"}
    assert host.deliver()
    k3s.look()
    assert k3s.of(ADDON) == host.objects()


def test_what_k3s_cannot_read_changes_nothing_and_is_an_event_of_the_addon(host: Host, k3s: DeployController) -> None:
    before = k3s.of(ADDON)
    broken = host.source / "searxng.yaml"
    whole = broken.read_text()
    broken.write_text("kind: [")
    host.deliver()
    k3s.look()
    assert k3s.events[-1] == Event(ADDON, "ParseManifestFailed")
    assert k3s.kubectl(*why_not("gpu-lab")) == k3s.events[-1].message != ""
    assert k3s.of(ADDON) == before
    broken.write_text(f"{whole}# repaired\n")
    host.deliver()
    k3s.look()
    assert k3s.events[-1] == Event(ADDON, "AppliedManifest")


@pytest.mark.parametrize("step", ["Read", "Parse", "Validate", "Apply"])
def test_what_is_told_is_the_lab_s_own_last_failure_whatever_the_step(k3s: DeployController, step: str) -> None:
    k3s.events += [
        Event(ADDON, "ApplyManifestFailed", "of before"),
        Event(ADDON, f"{step}ManifestFailed", "of now"),
        Event(ADDON, "ApplyingManifest", "no failure"),
        Event("coredns", f"{step}ManifestFailed", "another's"),
    ]
    assert k3s.kubectl(*why_not("gpu-lab")) == "of now"


def test_where_nothing_has_failed_nothing_is_told(k3s: DeployController) -> None:
    assert k3s.kubectl(*why_not("gpu-lab")) == ""


def test_a_lab_may_have_the_name_of_what_k3s_brings_itself(host: Host, k3s: DeployController) -> None:
    own = "kind: Deployment\nmetadata: {name: coredns, namespace: kube-system}\n"
    (host.manifests / "coredns.yaml").write_text(own)
    host.deliver(lab="coredns")
    k3s.look()
    assert k3s.of("coredns") == {("Deployment", "kube-system", "coredns")}


def test_two_files_of_one_name_would_delete_each_other_s_objects(tmp_path: Path) -> None:
    """Why the file has a name that k3s does not use, and a lab's name no dot."""
    for kind in ("a", "b"):
        (tmp_path / f"coredns.{kind}.yaml").write_text(f"kind: Deployment\nmetadata: {{name: {kind}}}\n")
    k3s = DeployController(tmp_path)
    k3s.look()
    assert k3s.of("coredns") == {("Deployment", "", "b")}


@pytest.mark.parametrize("lab", ["gpu.lab", "gpu-lab.old"])
def test_no_lab_has_a_dot_in_its_name(lab: str) -> None:
    with pytest.raises(ValidationError, match="is no name"):
        LabSpec.model_validate({"name": lab, "tailnet": "tail1a2b3c"})


def test_a_source_without_manifests_deletes_no_lab(host: Host, k3s: DeployController) -> None:
    shutil.rmtree(host.source)
    with pytest.raises(LabError, match=f"^{host.source}: has no manifests; run ./lab synth$"):
        host.deliver()
    k3s.look()
    assert k3s.events == [Event(ADDON, "AppliedManifest")]


def test_before_k3s_has_started_once_nothing_is_made(host: Host) -> None:
    host.manifests.rmdir()
    with pytest.raises(LabError, match=r"is no folder; k3s makes it when it first starts$"):
        host.deliver()
    assert not host.manifests.exists()


@pytest.mark.parametrize("program", ["tar", "touch", "sync", "mv"])
def test_k3s_sees_the_old_file_or_the_new_one_whichever_command_fails(
    host: Host, k3s: DeployController, program: str
) -> None:
    before = host.target.read_text()
    (host.source / "searxng.yaml").unlink()
    host.has(program, "exit 1")
    with pytest.raises(LabError):
        host.deliver()
    assert host.target.read_text() == before
    k3s.look()
    assert k3s.events == [Event(ADDON, "AppliedManifest")]
    (host.folder / "bin" / program).unlink()
    assert host.deliver()
    assert [file.name for file in host.folder.iterdir() if "manifests" in file.name] == ["manifests"]
