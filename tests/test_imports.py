"""Who may import and do what: the layers of `ailab`, and the doors that each have one keeper."""

from __future__ import annotations

import graphlib
import re
import sys
from pathlib import Path
from typing import Final

import constructs
import pytest

import ailab
from infra.labs import ROOT
from infra.process import run
from tests.source import Source, sources

# Each layer imports only from those before it. A module that is not named is a service: services may use each other,
# but not in a circle. `lab` composes them all.
LAYERS: Final = (
    {"memory"},
    {"spec"},
    {"images", "secrets", "versions"},
    {"routes", "workload"},
    {"manifest", "network", "pod"},
    {"namespace", "part"},
    {"inference"},
)
SERVICES: Final = len(LAYERS)
LAB: Final = SERVICES + 1
# What the operator's tool may know of `ailab`: values. Constructs start Node.
VALUES: Final = {
    "alerts",
    "host_facts",
    "images",
    "memory",
    "network",
    "secrets",
    "spec",
    "tailnet_policy",
    "versions",
}


def _layer(module: str) -> int:
    """Give the layer of a name below `ailab`: `spec.lab` is of `spec`."""
    name = module.split(".", maxsplit=1)[0]
    if name == "lab":
        return LAB
    return next((number for number, names in enumerate(LAYERS) if name in names), SERVICES)


def _siblings(source: Source) -> set[str]:
    """Give the modules of `ailab` that a file imports, without the package's name."""
    modules = {other.module for other in sources("constructs")}
    found = {name if name in modules else name.rpartition(".")[0] for name in source.imports}
    return {name.removeprefix("ailab.") for name in found if name.startswith("ailab.")}


PACKAGE: Final = tuple(source for source in sources("constructs") if not source.runs_alone and source.module != "ailab")


@pytest.mark.parametrize("source", PACKAGE, ids=lambda source: source.module)
def test_a_module_imports_only_from_the_layers_before_its_own(source: Source) -> None:
    own = _layer(source.module.removeprefix("ailab."))
    # The first two are packages of several modules, and services build on each other; no other has an inner order.
    last = own if own in {0, 1, SERVICES} else own - 1
    assert {name: _layer(name) for name in _siblings(source) if _layer(name) > last} == {}


def test_no_modules_of_the_package_import_each_other_in_a_circle() -> None:
    graph = {source.module.removeprefix("ailab."): _siblings(source) for source in PACKAGE}
    assert list(graphlib.TopologicalSorter(graph).static_order())


def test_the_spec_needs_nothing_but_pydantic_the_memory_plan_and_the_standard_library() -> None:
    for source in sources("constructs/ailab/spec"):
        own = ("ailab.spec.", "ailab.memory")
        outside = {name.split(".")[0] for name in source.imports if not name.startswith(own)}
        assert outside <= {"pydantic", "pydantic_core", *sys.stdlib_module_names}, source.path


def test_the_memory_plan_needs_nothing_but_the_standard_library() -> None:
    for source in sources("constructs/ailab/memory"):
        outside = {name.split(".")[0] for name in source.imports if not name.startswith("ailab.memory.")}
        assert outside <= sys.stdlib_module_names, source.path


def test_the_package_knows_nothing_of_the_tools_around_it() -> None:
    for source in sources("constructs"):
        assert not {name.split(".")[0] for name in source.imports} & {"infra", "testnode", "tests", "main"}


def test_the_operators_tool_knows_values_and_what_makes_manifests() -> None:
    found = {
        (source.path, name)
        for source in sources("infra")
        for name in source.imports
        if name.startswith("ailab.") and name.removeprefix("ailab.").split(".")[0] not in VALUES
    }
    assert found == {("infra/synth.py", "ailab.Lab"), ("infra/synth.py", "ailab.argocd.ArgoCd")}


def test_generated_classes_are_used_in_one_place() -> None:
    """All other objects have bodies of our own making, see docs/decisions/0001."""
    used = {source.path for source in sources() if any(name.split(".")[0] == "imports" for name in source.imports)}
    assert used == {"constructs/ailab/argocd.py"}


def test_importing_the_operators_tool_starts_no_node() -> None:
    modules = [source.module for source in sources("infra") if source.module != "infra.__main__"]
    program = f"import sys, ailab, {', '.join(modules)}; sys.exit('jsii' in sys.modules or 'cdk8s' in sys.modules)"
    run([sys.executable, "-c", program], cwd=ROOT, env={"PYTHONPATH": str(ROOT / "constructs")}, timeout=60)


def test_the_package_constructs_is_the_one_from_pypi() -> None:
    assert not (ROOT / "constructs" / "__init__.py").exists()
    assert "site-packages" in Path(constructs.__file__).parts


def test_the_package_has_at_most_fifteen_names() -> None:
    assert len(ailab.__all__) <= 15


def test_other_programs_are_started_in_one_place() -> None:
    ways = {"os.system", "os.popen", "os.fork", "os.posix_spawn", "os.execvpe", "os.execv", "os.execve", "os.execvp"}
    starts = {
        source.path
        for source in sources()
        if ways & source.uses or any(name.split(".")[0] in {"subprocess", "pty"} for name in source.imports)
        if not source.runs_alone
    }
    assert starts == {"infra/process.py"}


def test_printing_is_done_in_one_place() -> None:
    ways = {"print", "sys.stdout", "sys.stderr", "click.echo", "rich.print"}
    prints = {source.path for source in sources() if ways & source.uses and not source.runs_alone}
    # main.py is what `cdk8s synth` runs, without the operator's tool; streams.py makes the streams, and prints nothing.
    assert prints == {"infra/console.py", "infra/streams.py", "main.py"}


@pytest.mark.parametrize(
    ("thing", "keeper"),
    [
        ("ApiObject", "manifest"),  # objects
        ("Edge", "network"),  # permitted edges
        ("outgoing", "network"),
        ("incoming", "network"),
    ],
)
def test_what_has_one_keeper_is_used_nowhere_else(thing: str, keeper: str) -> None:
    assert {source.path for source in sources("constructs") if thing in source.uses} == {
        f"constructs/ailab/{keeper}.py"
    }


@pytest.mark.parametrize(
    ("key", "keeper"),
    [("containers", "pod"), ("securityContext", "pod"), ("ipBlock", "network"), ("egress", "network")],
)
def test_what_has_one_keeper_is_written_nowhere_else(key: str, keeper: str) -> None:
    assert {source.path for source in sources("constructs") if key in source.strings} == {
        f"constructs/ailab/{keeper}.py"
    }


def test_images_are_named_in_one_place() -> None:
    registry = re.compile(r"^(docker|ghcr|quay|gcr|nvcr|registry\.k8s)\.io/|@sha256:")
    names = {
        source.path for source in sources("constructs", "infra", "main.py") if any(map(registry.search, source.strings))
    }
    assert names == {"constructs/ailab/images.py"}


def test_digitaloceans_library_is_used_in_one_place() -> None:
    used = {source.path for source in sources() if any(name.split(".")[0] == "digitalocean" for name in source.imports)}
    assert used == {"infra/api.py"}


@pytest.mark.parametrize("module", ["actions", "bill", "convergence", "identity", "observed", "resources", "wanted"])
def test_what_decides_about_a_cloud_asks_and_changes_nothing(module: str) -> None:
    """A program that plans the most expensive steps is held to what it was told: it can reach nothing else."""
    [source] = sources(f"infra/cloud/{module}.py")
    outside = {name.split(".")[0] for name in source.imports} - {"ailab", "infra", "pydantic"}
    assert outside <= {"__future__", "collections", "dataclasses", "datetime", "enum", "math", "re", "typing", "uuid"}
    edges = {"infra.api", "infra.cloud.account", "infra.cloud.clock", "infra.cloud.record", "infra.process"}
    assert {name for name in source.imports if name.startswith(tuple(edges))} == set()
