"""`python -m bench.synth`: how long `./lab synth` takes, beside Helm on the same objects, and how it grows.

Whole processes, warm caches, in turn. Prints a table as docs/decisions show it; nothing is asserted.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click
import yaml

from bench.checkout import checkout, helm
from bench.helm_charts import charts, whole_chart
from bench.pairs import Contestant, Times, in_turn
from infra import manifests, process
from infra.console import result, say
from infra.errors import LabError
from testnode.binaries import GoProgram

HELM: Final = GoProgram("helm", ("helm.sh/helm/v4/cmd/helm",), "v4.3.1")
GROWTH: Final = (1, 10, 100)


@dataclass(frozen=True)
class Scene:
    """A scratch folder with everything that the contestants need."""

    folder: Path
    helm: Path

    def ours(self, labs: int) -> Contestant:
        """Give `./lab synth` on that many labs."""
        place = self.folder / f"labs-{labs}"
        if not place.exists():
            checkout(place, labs)
        return Contestant(f"lab synth, {labs} labs", [(sys.executable, "-m", "infra", "synth")], place)

    def helms(self, lab: Path) -> Iterator[Contestant]:
        """Give Helm on the objects of one lab: a chart a part, each its own process, and all in one chart."""
        parts = list(charts(lab, self.folder / "charts"))
        whole = whole_chart(lab, self.folder / "chart")
        template = (self.helm, "template", "lab")
        self._check(lab, process.run((*template, whole), timeout=60).stdout)
        yield Contestant(f"helm template, {len(parts)} charts", [(*template, part) for part in parts], self.folder)
        yield Contestant("helm template, 1 chart", [(*template, whole)], self.folder)

    @staticmethod
    def _check(lab: Path, rendered: str) -> None:
        """Refuse to compare what does not do the same work."""
        theirs = {json.dumps(item, sort_keys=True) for item in yaml.safe_load_all(rendered)}
        if theirs != {json.dumps(item, sort_keys=True) for item in manifests.read(lab)}:
            message = "Helm's charts make other objects than the lab; see bench/helm_charts.py"
            raise LabError(message)


@click.command()
@click.option("--rounds", default=7, show_default=True, help="Runs of each; the median counts.")
@click.option("--labs", multiple=True, default=GROWTH, show_default=True, help="Numbers of labs to grow through.")
def main(rounds: int, labs: tuple[int, ...]) -> None:
    """Measure, and print what was found."""
    binary = HELM.recipe.build(say) / "helm"
    with TemporaryDirectory() as folder:
        scene = Scene(Path(folder), binary)
        one = scene.ours(1)
        one.run()
        lab = one.folder / "dist" / "lab-0"
        result(f"{os.cpu_count()} cores, {len(manifests.read(lab))} objects a lab, Helm {helm(binary)}")
        _print(in_turn([one, *scene.helms(lab)], rounds))
        _print(in_turn([scene.ours(number) for number in labs], max(1, rounds // 2)))
        _print_breakdown(scene)


def _print(taken: Mapping[str, Times]) -> None:
    for name, times in taken.items():
        result(f"{name:32} {times}")


def _print_breakdown(scene: Scene) -> None:
    for labs in GROWTH[:2]:
        words = (sys.executable, "-m", "bench.breakdown")
        here = Path(__file__).resolve().parent.parent
        found = process.run(words, cwd=scene.ours(labs).folder, env={"PYTHONPATH": str(here)}, timeout=300)
        parts = json.loads(found.stdout)
        result(f"{labs} labs, {parts['messages']} messages to Node:")
        for name, seconds in parts["seconds"].items():
            result(f"  {name:32} {seconds:.2f} s")


if __name__ == "__main__":
    main()
