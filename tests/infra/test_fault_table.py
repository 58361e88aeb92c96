"""The faults that are done to the lab, and what documents make of their outcomes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from infra import manifests
from infra.documents import fault_table
from infra.documents.fault_grid import KEEPS_NOTHING, NEEDS_NOTHING, NOT_RUN, PARTS, Kind, cells
from infra.documents.fault_record import Outcome, Record, read, rounded, write
from infra.documents.fault_table import document, readme, summary
from infra.labs import DIST

DELETED = Outcome(
    part="postgres",
    kind=Kind.DELETED,
    chat="status 502",
    doctor=("open-webui: has no ready pod", "postgres: the Deployment postgres is not in the cluster"),
    back=60,
    kept=("chat", "row"),
)
KILLED = replace(DELETED, kind=Kind.KILLED, chat=None, doctor=None, back=10)
SEARCH = replace(KILLED, part="searxng", kept=())
RECORD = Record("Measured on a node.", (DELETED, KILLED, SEARCH))


def test_every_workload_of_the_default_lab_is_in_the_grid() -> None:
    workloads = manifests.of_kind(manifests.read(DIST / "gpu-lab"), "Deployment", "DaemonSet")
    assert [part.name for part in PARTS] == sorted(item["metadata"]["name"] for item in workloads)


def test_what_a_part_needs_and_writes_is_in_its_manifests() -> None:
    objects = manifests.read(DIST / "gpu-lab")
    claims = {item["metadata"]["name"] for item in manifests.of_kind(objects, "PersistentVolumeClaim")}
    names = {part.name for part in PARTS}
    assert {part.writes for part in PARTS if part.writes} - claims == set()
    assert {part.needs for part in PARTS if part.needs} - names == set()


def test_each_fault_is_done_or_has_a_reason() -> None:
    done = {(part.name, kind) for part, kind in cells()}
    reasons = {(part.name, kind): part.why_not(kind) for part in PARTS for kind in Kind}
    assert {cell for cell, reason in reasons.items() if reason is None} == done
    assert reasons["searxng", Kind.DEPENDENCY] == NEEDS_NOTHING
    assert reasons["searxng", Kind.FULL] == KEEPS_NOTHING
    assert reasons["grafana", Kind.KILLED] == NOT_RUN


def test_no_fault_is_recorded_that_is_not_done() -> None:
    recorded = [(one.part, one.kind) for one in read().outcomes]
    assert set(recorded) <= {(part.name, kind) for part, kind in cells()}
    assert len(set(recorded)) == len(recorded) > 30


def test_all_that_was_stored_was_found_after_each_fault() -> None:
    stored = {part.name: {one.kept for one in read().outcomes if one.part == part.name} for part in PARTS}
    assert {name for name, found in stored.items() if len(found) > 1} == set()


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write(RECORD, tmp_path / "faults.json")
    assert read(tmp_path / "faults.json") == RECORD


def test_an_outcome_takes_the_place_of_the_one_before() -> None:
    found = replace(RECORD, outcomes=(KILLED, SEARCH)).including(DELETED).including(replace(SEARCH, back=30))
    assert found.outcomes == (DELETED, KILLED, replace(SEARCH, back=30))


def test_two_runs_are_the_same_that_differ_in_their_seconds_alone() -> None:
    assert DELETED.same(replace(DELETED, back=120))
    assert not DELETED.same(replace(DELETED, chat="answers"))
    assert not DELETED.same(replace(DELETED, kept=("chat",)))


@pytest.mark.parametrize(("seconds", "limit"), [(0, 10), (10, 10), (10.1, 30), (60, 60), (119.9, 120)])
def test_seconds_are_rounded_up_to_a_class(seconds: float, limit: int) -> None:
    assert rounded(seconds) == limit


def test_more_than_what_is_promised_is_in_no_class() -> None:
    with pytest.raises(ValueError, match=r"^121 s are more than 120$"):
        rounded(121)


def test_the_document_has_a_line_for_each_fault_done_or_not() -> None:
    lines = document(RECORD).splitlines()
    postgres = "open-webui: has no ready pod; postgres: the Deployment postgres is not in the cluster"
    assert "Measured on a node." in lines
    assert f"| `postgres` | deleted | status 502 | {postgres} | 60 s | chat, row |" in lines
    assert f"| `searxng` | killed | {fault_table.OVER} | {fault_table.OVER} | 10 s |  |" in lines
    assert f"| `grafana` | all | {NOT_RUN} |" in lines
    assert "| `searxng` | deleted, configuration wrong, image missing | no outcome recorded yet |" in lines


def test_the_summary_has_what_was_worst_of_each_part() -> None:
    assert summary(RECORD).splitlines()[2:] == [
        "| postgres | status 502 | 60 s | chat, row |",
        f"| searxng | {fault_table.OVER} | 10 s | keeps nothing |",
        "",
        f"3 of {len(cells())} faults have been done.",
    ]


def test_the_page_keeps_all_that_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"before\n{fault_table.BEGIN}stale\n{fault_table.END}after\n", encoding="utf-8")
    monkeypatch.setattr(fault_table, "README", page)
    made = readme()
    assert made == f"before\n{fault_table.BEGIN}{summary(read())}{fault_table.END}after\n"
