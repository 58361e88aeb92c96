"""The worked example of CONTRIBUTING.md does what the page says, with the code that stands there."""

from __future__ import annotations

import ast
import re
import shutil
import sys
from pathlib import Path

import pytest

from infra.edges import Edge, edges
from infra.labs import ROOT
from infra.manifests import read
from infra.process import run

BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
SECONDS = 240
# What an addition breaks first; `./lab test --fast` has them all, and takes a minute.
CONCERNED = (
    "tests/policy/test_edges.py",
    "tests/policy/test_promises.py::test_a_committed_lab_keeps_the_promise",
    "tests/test_schemas.py::test_the_committed_objects_fit_their_schemas",
    "tests/test_schemas.py::test_every_name_that_the_lab_takes_itself_is_refused_to_a_vllm_server",
    "tests/ailab/test_images.py",
    "tests/ailab/test_settings.py",
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the project, change it as the page says, and synthesize its lab."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("constructs", "imports", "infra", "labs", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("argocd.toml", "main.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    image, service, lines, name, edge = BLOCK.findall(page)
    package = folder / "constructs" / "ailab"
    (package / "tika.py").write_text(service, encoding="utf-8")
    _insert(package / "images.py", f"{image}\n", before="ALL: Final")
    _insert(package / "lab.py", "from ailab.tika import Tika\n", before="from ailab.virtual_keys import")
    _end_method(package / "lab.py", lines)
    _insert(package / "spec" / "parts.py", name, before="VIRTUAL_KEYS: Final")
    _insert(folder / "tests" / "policy" / "test_edges.py", edge, before='    ("ingress", "dns", 53)')
    _python(folder, "main.py")
    return folder


def _insert(file: Path, text: str, *, before: str) -> None:
    content = file.read_text(encoding="utf-8")
    assert content.count(before) == 1
    file.write_text(content.replace(before, text + before), encoding="utf-8")


def _end_method(file: Path, text: str) -> None:
    content = file.read_text(encoding="utf-8")
    functions = (node for node in ast.walk(ast.parse(content)) if isinstance(node, ast.FunctionDef))
    end = next(node.end_lineno for node in functions if node.name == "_chat")
    written = content.splitlines(keepends=True)
    file.write_text("".join([*written[:end], text, *written[end:]]), encoding="utf-8")


def _python(project: Path, *words: str) -> None:
    """Run Python in the copy, with the copy's own packages."""
    environment = {"PYTHONPATH": f"{project / 'constructs'}:{project}"}
    run([sys.executable, *words], cwd=project, env=environment, timeout=SECONDS)


def test_the_tests_that_an_addition_concerns_are_green(project: Path) -> None:
    _python(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", *CONCERNED)


def test_the_chat_reaches_the_service_and_the_service_reaches_nothing(project: Path) -> None:
    objects = read(project / "dist" / "gpu-lab")
    ends = [edge for edge in edges(objects) if "tika" in (edge.source, edge.target)]
    assert ends == [Edge("open-webui", "tika", 9998, "text of documents")]


def test_the_service_has_a_file_of_its_own(project: Path) -> None:
    dist = project / "dist" / "gpu-lab"
    assert {item["kind"] for item in read(dist) if item["metadata"]["name"] == "tika"} == {
        "Deployment",
        "NetworkPolicy",
        "Service",
    }
    assert (dist / "tika.yaml").exists()


def test_the_code_of_the_page_keeps_the_rules(project: Path) -> None:
    changed = ("constructs/ailab", "tests/policy")
    _python(project, "-m", "ruff", "check", "--no-cache", *changed)
    _python(project, "-m", "ruff", "format", "--no-cache", "--check", *changed)
