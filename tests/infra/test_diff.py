"""`./lab diff` with a kubectl that answers what a test has written down."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

import infra.diff
import infra.labs
from infra.cli import lab
from infra.errors import LabError
from tests.lab_files import MINIMAL

# As kubectl prints it: one object that changes, and one that is new.
DIFFERENCES = """\
diff -u -N /tmp/LIVE-1/apps.v1.Deployment.ai-lab.grafana /tmp/MERGED-2/apps.v1.Deployment.ai-lab.grafana
--- /tmp/LIVE-1/apps.v1.Deployment.ai-lab.grafana\t2026-11-26 01:35:04.072 +0000
+++ /tmp/MERGED-2/apps.v1.Deployment.ai-lab.grafana\t2026-11-26 01:35:04.076 +0000
@@ -4,5 +4,5 @@
   annotations:
     kubectl.kubernetes.io/last-applied-configuration: |
       {"apiVersion":"apps/v1","kind":"Deployment"}
-  replicas: 1
+  replicas: 2
diff -u -N /tmp/LIVE-1/v1.ConfigMap.ai-lab.new /tmp/MERGED-2/v1.ConfigMap.ai-lab.new
--- /tmp/LIVE-1/v1.ConfigMap.ai-lab.new\t2026-11-26 01:35:04.072 +0000
+++ /tmp/MERGED-2/v1.ConfigMap.ai-lab.new\t2026-11-26 01:35:04.076 +0000
@@ -0,0 +1,2 @@
+kind: ConfigMap
+--- a line of a file
"""
READABLE = """\
apps.v1.Deployment.ai-lab.grafana
@@ -4,5 +4,5 @@
   annotations:
-  replicas: 1
+  replicas: 2
v1.ConfigMap.ai-lab.new
@@ -0,0 +1,2 @@
+kind: ConfigMap
+--- a line of a file
"""
KUBECTL = """\
#!/bin/sh
echo "$*" >> calls
case $1 in
  get) [ -e unreachable ] && exit 1; cat namespace 2>/dev/null; exit 0 ;;
  diff) cat differences; cat refusal >&2; exit "$(cat status)" ;;
esac
"""


@dataclass(frozen=True)
class Operator:
    """A person in a project with one lab."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def cluster(self, *, status: int = 0, differences: str = "", refusal: str = "", namespace: str = "x\n") -> None:
        """Say what the cluster answers from now on."""
        answers = {"status": str(status), "differences": differences, "refusal": refusal, "namespace": namespace}
        for name, text in answers.items():
            (self.folder / name).write_text(text, encoding="utf-8")

    def diff(self) -> tuple[str, str]:
        """Run the command; returns what it wrote to stdout and stderr."""
        self.capture.readouterr()
        lab.main(["diff"], standalone_mode=False)
        out, err = self.capture.readouterr()
        return out, err


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    for folder in ("bin", "labs", "dist/minimal"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "bin" / "kubectl").write_text(KUBECTL, encoding="utf-8")
    (tmp_path / "bin" / "kubectl").chmod(0o755)
    (tmp_path / "labs" / "minimal.toml").write_text(MINIMAL, encoding="utf-8")
    monkeypatch.setattr(infra.labs, "LABS", tmp_path / "labs")
    monkeypatch.setattr(infra.diff, "DIST", tmp_path / "dist")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    monkeypatch.setenv("KUBECONFIG", "mine")
    monkeypatch.chdir(tmp_path)
    operator = Operator(tmp_path, capsys)
    operator.cluster()
    return operator


def test_what_would_change_is_shown_object_by_object_without_the_files_that_were_compared(operator: Operator) -> None:
    operator.cluster(status=1, differences=DIFFERENCES)
    assert operator.diff() == (READABLE, "dist/minimal: an apply would change 2 objects\n")


def test_the_cluster_is_asked_and_not_changed(operator: Operator) -> None:
    operator.diff()
    assert Path("calls").read_text(encoding="utf-8").splitlines() == [
        "get --raw /readyz --request-timeout=10s",
        "get namespace ai-lab --ignore-not-found --output=name",
        f"diff --filename={operator.folder / 'dist' / 'minimal'}",
    ]


def test_a_cluster_that_has_it_all_is_told_in_one_line(operator: Operator) -> None:
    assert operator.diff() == ("", "dist/minimal: no change\n")


def test_a_cluster_that_has_nothing_of_it_is_told_in_one_line(operator: Operator) -> None:
    operator.cluster(namespace="", status=2, refusal="Error from server (NotFound)")
    told = "dist/minimal: nothing of it is in the cluster yet: there is no namespace ai-lab\n"
    assert operator.diff() == ("", told)


def test_without_a_cluster_one_line_says_so(operator: Operator) -> None:
    (operator.folder / "unreachable").touch()
    with pytest.raises(LabError, match=r"^KUBECONFIG: mine: no cluster answers; .*$"):
        operator.diff()


def test_manifests_that_are_not_made_yet_are_told_before_the_cluster_is_asked(operator: Operator) -> None:
    (operator.folder / "dist" / "minimal").rmdir()
    with pytest.raises(LabError, match=r"^dist/minimal: is not there; \./lab synth makes it$"):
        operator.diff()
    assert not Path("calls").exists()


def test_what_kubectl_cannot_compare_is_told_in_its_own_words(operator: Operator) -> None:
    operator.cluster(status=2, refusal="error: unknown field\n")
    with pytest.raises(LabError, match=r"^dist/minimal: kubectl could not compare it: error: unknown field$"):
        operator.diff()
