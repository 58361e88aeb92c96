"""The script that fetches vLLM's models, told to end; tests/programs/test_fetch_model.py has what it fetches."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from infra.labs import ROOT
from tests.ailab.first_process import only_by_root, told_to_end

SCRIPT = ROOT / "constructs" / "ailab" / "scripts" / "fetch_model.py"
# As the real one it fetches by threads, here for longer than anybody waits.
HUB = """\
import time
from concurrent.futures import ThreadPoolExecutor

scan_cache_dir = None


def snapshot_download(*_, **__):
    with ThreadPoolExecutor() as threads:
        list(threads.map(fetch, range(2)))


def fetch(file):
    print("fetching", file, flush=True)
    time.sleep(3600)
"""


@only_by_root
def test_a_download_ends_when_told_to_and_leaves_no_mark(tmp_path: Path) -> None:
    (tmp_path / "huggingface_hub.py").write_text(HUB, encoding="utf-8")
    (tmp_path / "volume").mkdir()
    log, mark = tmp_path / "log", tmp_path / "volume" / "a.complete"
    words = (sys.executable, SCRIPT, "owner/model", "a", mark)
    env = {"PYTHONPATH": str(tmp_path)}
    status = told_to_end(words, log, lambda: "fetching 1" in log.read_text(encoding="utf-8"), env)
    assert status == 128 + signal.SIGTERM
    assert [file.name for file in mark.parent.iterdir()] == ["a.begun"]
