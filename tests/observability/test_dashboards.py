"""The dashboards that Grafana is provisioned with."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import pytest
import yaml

from infra.dashboards import BOARDS
from infra.dashboards.board import COLUMNS
from infra.docs import DASHBOARDS
from infra.labs import DIST, ROOT
from infra.manifests import of_kind, read
from infra.process import run

# `kubectl apply` keeps a copy of the object in an annotation, which may have 256 KiB with all others.
LARGEST = 128 * 1024

MAPS = {item["metadata"]["name"]: item["data"] for item in of_kind(read(DIST / "gpu-lab"), "ConfigMap")}
FILES = {name: json.loads(text) for name, text in MAPS["grafana-dashboards"].items()}


def _panels(name: str) -> Sequence[Any]:
    panels: Sequence[Any] = FILES[name]["panels"]
    return panels


def test_grafana_gets_every_dashboard_and_no_other() -> None:
    assert set(FILES) == {f"{board.name}.json" for board in BOARDS} == {file.name for file in DASHBOARDS.glob("*.json")}


@pytest.mark.parametrize("name", FILES)
def test_a_dashboard_has_its_address_and_asks_no_question_when_it_is_loaded(name: str) -> None:
    content = FILES[name]
    assert f"{content['uid']}.json" == name
    assert not {"__inputs", "__requires", "id"} & content.keys()


@pytest.mark.parametrize("name", FILES)
def test_every_panel_asks_the_data_source_that_is_provisioned(name: str) -> None:
    [source] = yaml.safe_load(MAPS["grafana-datasources"]["prometheus.yaml"])["datasources"]
    assert {(panel["datasource"]["type"], panel["datasource"]["uid"]) for panel in _panels(name)} == {
        (source["type"], source["uid"])
    }


@pytest.mark.parametrize("name", FILES)
def test_panels_and_their_queries_can_be_told_apart(name: str) -> None:
    numbers = [panel["id"] for panel in _panels(name)]
    assert sorted(set(numbers)) == numbers
    for panel in _panels(name):
        letters = [target["refId"] for target in panel["targets"]]
        assert letters
        assert len(set(letters)) == len(letters)


@pytest.mark.parametrize("name", FILES)
def test_panels_lie_side_by_side_and_fill_each_line(name: str) -> None:
    lines: dict[int, list[tuple[int, int]]] = {}
    for panel in _panels(name):
        place = panel["gridPos"]
        lines.setdefault(place["y"], []).append((place["x"], place["w"]))
    for line in lines.values():
        assert [x for x, _ in line] == [sum(width for _, width in line[:number]) for number in range(len(line))]
        assert sum(width for _, width in line) == COLUMNS


def test_the_dashboards_fit_into_their_config_map() -> None:
    assert sum(len(text.encode()) for text in MAPS["grafana-dashboards"].values()) < LARGEST


def test_synthesis_and_the_command_line_do_without_grafanas_library() -> None:
    program = "import sys, ailab.lab, infra.docs; sys.exit('grafana_foundation_sdk' in sys.modules)"
    run([sys.executable, "-c", program], cwd=ROOT, env={"PYTHONPATH": str(ROOT / "constructs")}, timeout=60)
