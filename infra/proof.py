"""docs/proof.md: what the tests prove, in the words of their names. It cannot claim more than a test shows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.labs import ROOT

LEVELS: Final = {
    3: "An arrow, end to end, with real programs",
    2: "The real program ran with the configuration in dist/",
    1: "A real API server accepts it",
}
# What needs hardware or a service that no test has; the emulation that stands in for it is named.
UNPROVEN: Final = (
    (
        "Ollama and vLLM on a GPU",
        "Ollama runs on the processor, for vLLM a server of our own; NVIDIA's plugin shares a GPU that is not there",
    ),
    ("the published images", "the same programs from package registries, see [stand-ins.md](stand-ins.md)"),
    ("F5's NGINX Ingress Controller", "nginx with a controller of our own that follows the real one's measured rules"),
    (
        "Tailscale's own servers: Services, their certificates, the policy as they enforce it",
        "the real tailscaled in a tailnet of headscale's forwards to a real nginx; for the lab, nginx ends the TLS",
    ),
    (
        "the droplet's NixOS",
        "its modules are evaluated with stand-ins for nixpkgs, its filters loaded into the kernel of the tests",
    ),
    (
        "DigitalOcean",
        "a stand-in over HTTP, each request and answer judged by DigitalOcean's OpenAPI document; nothing was rented",
    ),
    ("Tailscale's API", "a stand-in over HTTP after its documentation; no document of its schemas judged it"),
    (
        "kexec, disko and nixos-install on a droplet",
        "their places are taken by programs that write down how they were called; ssh, sshd, tar and files are real",
    ),
    (
        "k3s, its policy controller and its storage",
        "upstream Kubernetes 1.36.3 with k3s's flags, an enforcer of our own, local-path",
    ),
    (
        "Grafana",
        "does not run: a real Prometheus answers its queries, its files follow its documentation; it sent nothing",
    ),
    (
        "metrics of vLLM, the GPU and Kubernetes",
        "expositions written by hand from names and labels in the programs' sources, in tests/fixtures/metrics",
    ),
    (
        "examples/cpu-only.toml on k3d or kind, with the published images",
        "its manifests run on the test node, see [examples](../examples/README.md)",
    ),
    (
        "an ingress controller that is there already",
        "an API server accepts the manifests that use it; no lab ran behind one",
    ),
    (
        "Argo CD's image, its installation, its web interface",
        "its components run as processes of the node, with an administrator's rights; the repository is a folder",
    ),
    ("paid providers", "their routes are in the gateway's configuration; no request was sent to any"),
)
HEAD: Final = """\
# What is proven, and by what

Made from the tests by `./lab docs`: each line is the name of a test that is marked with its level.
"""


@dataclass(frozen=True, order=True)
class Proof:
    """A test that carries a level."""

    level: int
    file: str
    name: str


def proofs(folder: Path) -> list[Proof]:
    """Find the marked tests: `@pytest.mark.proves(3)` on a test, or `pytestmark` for a whole file."""
    return [proof for file in sorted(folder.rglob("test_*.py")) for proof in _proofs_in(file)]


def _proofs_in(file: Path) -> Iterator[Proof]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    whole = next((level for node in tree.body if isinstance(node, ast.Assign) for level in _levels(node.value)), None)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            own = next((level for decorator in node.decorator_list for level in _levels(decorator)), whole)
            if own:
                yield Proof(own, str(file.relative_to(ROOT)), node.name)


def _levels(node: ast.expr) -> Iterator[int]:
    """Read the level from a call of the marker `proves`, alone or in a list."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "proves":
            yield ast.literal_eval(call.args[0])


def text() -> str:
    """Write the document."""
    return HEAD + "".join(_sections(proofs(ROOT / "tests")))


def _sections(found: list[Proof]) -> Iterator[str]:
    for level, title in LEVELS.items():
        yield f"\n## {level} · {title}\n\n"
        for proof in found:
            if proof.level == level:
                sentence = proof.name.removeprefix("test_").replace("_", " ")
                yield f"- {sentence} ([{Path(proof.file).name}](../{proof.file}))\n"
    yield "\n## u · Not proven: hardware or a service is missing\n\n"
    yield from (f"- {what}: {instead}\n" for what, instead in UNPROVEN)
