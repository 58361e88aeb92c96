"""Which manifests differ from a cluster's, read from kubectl's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra import drift
from infra.errors import LabError
from infra.process import Completed

# As kubectl 1.36 writes it: two folders of its own, a file for each object that differs.
DIFFERENT = """\
diff -u -N /tmp/LIVE-1/apps.v1.Deployment.ai-lab.litellm /tmp/MERGED-2/apps.v1.Deployment.ai-lab.litellm
--- /tmp/LIVE-1/apps.v1.Deployment.ai-lab.litellm\t2026-11-26
+++ /tmp/MERGED-2/apps.v1.Deployment.ai-lab.litellm\t2026-11-26
@@ -1 +1 @@
-a
+b
diff -u -N /tmp/LIVE-1/v1.ConfigMap.ai-lab.searxng /tmp/MERGED-2/v1.ConfigMap.ai-lab.searxng
diff -u -N /tmp/LIVE-1/v1.Namespace..ai-lab /tmp/MERGED-2/v1.Namespace..ai-lab
"""


@pytest.mark.parametrize(
    ("status", "text", "names"),
    [(0, "", ()), (1, DIFFERENT, ("Deployment/litellm", "ConfigMap/searxng", "Namespace/ai-lab"))],
)
def test_each_object_that_differs_is_named(
    status: int, text: str, names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drift, "require_cluster", lambda: None)
    monkeypatch.setattr(drift, "kubectl", lambda *_words, **_options: Completed(status, text, ""))
    assert drift.changed(Path("dist/gpu-lab")) == names


def test_manifests_that_the_cluster_refuses_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift, "require_cluster", lambda: None)
    monkeypatch.setattr(drift, "kubectl", lambda *_words, **_options: Completed(2, "", "error: no such kind\n"))
    with pytest.raises(LabError, match="kubectl diff: error: no such kind"):
        drift.changed(Path("dist/gpu-lab"))


def test_without_a_cluster_there_is_nothing_to_compare_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/nowhere")
    monkeypatch.setattr(drift, "require_cluster", _none)
    assert drift.changed(Path("dist/gpu-lab")) is None


def _none() -> None:
    message = "no cluster answers"
    raise LabError(message)
