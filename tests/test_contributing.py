"""The worked example of CONTRIBUTING.md does what the page says, with the code that stands there."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from infra.edges import Edge, edges
from infra.labs import ROOT
from infra.manifests import read
from infra.process import Completed, run

BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
SYNTH = """\
import sys
from pathlib import Path
from ailab import Lab
from ailab.spec import load
from infra.manifests import read
from tests.policy.gates import GATES

folder = Path(sys.argv[2])
Lab(load(Path(sys.argv[1])), folder).synth()
for gate in GATES:
    for fault in gate(read(folder)):
        print(f"{gate.__name__}: {fault}")
"""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the package and change it as the page says."""
    folder = tmp_path_factory.mktemp("sources")
    package = folder / "ailab"
    shutil.copytree(ROOT / "constructs" / "ailab", package)
    image, service, lines = BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    (package / "tika.py").write_text(service, encoding="utf-8")
    _insert(package / "images.py", f"{image}\n", before="ALL: Final")
    _insert(package / "lab.py", "from ailab.tika import Tika\n", before="from ailab.vllm import")
    _insert(package / "lab.py", f"{lines}\n", before="    def _inference")
    return folder


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dist")


@pytest.fixture(scope="module")
def synthesis(sources: Path, dist: Path) -> Completed:
    """Synthesize the default lab with the changed package and run all gates over it."""
    words: list[str | Path] = [sys.executable, "-c", SYNTH, ROOT / "labs" / "gpu-lab.toml", dist]
    return run(words, env={"PYTHONPATH": f"{sources}:{ROOT}"}, timeout=120)


def _insert(file: Path, text: str, *, before: str) -> None:
    content = file.read_text(encoding="utf-8")
    assert content.count(before) == 1
    file.write_text(content.replace(before, text + before), encoding="utf-8")


def test_the_lab_with_the_service_keeps_every_promise(synthesis: Completed) -> None:
    assert synthesis.stdout == ""


@pytest.mark.usefixtures("synthesis")
def test_the_chat_reaches_the_service_and_the_service_reaches_nothing(dist: Path) -> None:
    ends = [edge for edge in edges(read(dist)) if "tika" in (edge.source, edge.target)]
    assert ends == [Edge("open-webui", "tika", 9998, "text of documents")]


@pytest.mark.usefixtures("synthesis")
def test_the_service_has_a_file_of_its_own(dist: Path) -> None:
    assert {item["kind"] for item in read(dist) if item["metadata"]["name"] == "tika"} == {
        "Deployment",
        "NetworkPolicy",
        "Service",
    }
    assert (dist / "tika.yaml").exists()


def test_the_code_of_the_page_keeps_the_rules(sources: Path) -> None:
    file = sources / "ailab" / "tika.py"
    configuration = ROOT / "pyproject.toml"
    run([sys.executable, "-m", "ruff", "check", f"--config={configuration}", file], timeout=60)
    run([sys.executable, "-m", "ruff", "format", f"--config={configuration}", "--check", file], timeout=60)
