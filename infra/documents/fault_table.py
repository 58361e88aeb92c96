"""docs/faults.md and the README's table: what faults did to the running lab, by its record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from infra.documents.fault_grid import MEANINGS, PARTS, Kind, cells
from infra.documents.fault_record import CLASSES, PROMISE, Outcome, Record, read
from infra.labs import ROOT

README: Final = ROOT / "README.md"
BEGIN: Final = "<!-- made from docs/faults.json by ./lab docs -->\n"
END: Final = "<!-- end -->\n"
OVER: Final = "over before it is asked"
HEAD: Final = """\
# What faults do to a running lab

Made from `docs/faults.json` by `./lab docs`; `tests/cluster/test_faults.py` does each fault to the running lab and
fails where something else comes of it than is written here, or where the chat is not back in {promise} seconds.

{source}

"Meanwhile" is what a person in the chat gets from the model that the part is there for. The doctor is `./lab doctor
--quick`, asked until it says the same for 20 seconds; which arrows the whole one calls broken where a part is away is
shown by `tests/cluster/test_doctor.py`. Seconds are counted from when the cause is gone (from the fault itself, where
nobody repairs) until the chat answers, and rounded up to {classes} or {promise}. "There" is what was made before and
found after the fault.

| fault | what is done |
|---|---|
"""
COLUMNS: Final = """
| part | fault | meanwhile | what the doctor names | back within | there |
|---|---|---|---|---|---|
"""
NOT_DONE: Final = """
## What was not done

| part | fault | why |
|---|---|---|
"""
SUMMARY: Final = """\
| part | the chat meanwhile | back within | there after each fault |
|---|---|---|---|
"""
UNMEASURED: Final = "no outcome recorded yet"


def text() -> str:
    """Write docs/faults.md."""
    return document(read())


def document(record: Record) -> str:
    """Write what a record says."""
    classes = ", ".join(map(str, CLASSES[:-1]))
    head = HEAD.format(promise=PROMISE, source=record.source, classes=classes)
    meanings = (_row(kind.value, meaning) for kind, meaning in MEANINGS.items())
    outcomes = (_row(*_cells(outcome)) for outcome in record.outcomes)
    lines = (*meanings, COLUMNS, *outcomes, NOT_DONE, *_not_done(record))
    return head + "".join(lines)


def readme() -> str:
    """Write the README with its table of parts."""
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{summary(read())}{END}{after}"


def summary(record: Record) -> str:
    """Write a line for each part: what people get while something is wrong with it, and the longest time after that."""
    rows = []
    for part in PARTS:
        outcomes = [one for one in record.outcomes if one.part == part.name]
        if outcomes:
            meanwhile = dict.fromkeys(one.chat for one in outcomes if one.chat) or (OVER,)
            kept = dict.fromkeys(name for one in outcomes for name in one.kept)
            back = f"{max(one.back for one in outcomes)} s"
            rows.append(_row(part.name, ", ".join(meanwhile), back, ", ".join(kept) or "keeps nothing"))
    return f"{SUMMARY}{''.join(rows)}\n{len(record.outcomes)} of {len(cells())} faults have been done.\n"


def _cells(outcome: Outcome) -> tuple[str, ...]:
    doctor = OVER if outcome.doctor is None else "; ".join(outcome.doctor)
    chat = OVER if outcome.chat is None else outcome.chat
    return (f"`{outcome.part}`", outcome.kind.value, chat, doctor, f"{outcome.back} s", ", ".join(outcome.kept))


def _not_done(record: Record) -> Iterator[str]:
    for part in PARTS:
        reasons: dict[str, list[str]] = {}
        for kind in Kind:
            if reason := part.why_not(kind) or (None if record.of(part.name, kind) else UNMEASURED):
                reasons.setdefault(reason, []).append(kind.value)
        for reason, kinds in reasons.items():
            named = "all" if len(kinds) == len(Kind) else ", ".join(kinds)
            yield _row(f"`{part.name}`", named, reason)


def _row(*texts: str) -> str:
    return f"| {' | '.join(texts)} |\n"
