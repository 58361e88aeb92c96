"""docs/gpu.svg and docs/gpu.md: the memory of the first lab on every card that can be rented."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby
from typing import Final

from ailab.memory import MemoryPlan
from ailab.spec import LabSpec
from infra.labs import all_labs
from infra.memory_slices import Kind, Slice, rented, slices, verdict, what_if

LEFT: Final = 16
SCALE: Final = 5  # units of a GiB: the largest card fills the page
BAR: Final = 34  # height
ROW: Final = 78  # from one bar to the next
LEGEND: Final = 40
LETTER: Final = 6.4  # width of one, about
# As in the picture of the edges: fills stand on a light and on a dark page alike.
COLOURS: Final = {
    Kind.WEIGHTS: ("#ddf4ff", "#218bff"),
    Kind.CACHE: ("#dafbe1", "#2da44e"),
    Kind.WORK: ("#fff8c5", "#bf8700"),
    Kind.FREE: ("none", "#8c959f"),
    Kind.MARGIN: ("#ffebe9", "#cf222e"),
}
STYLE: Final = """\
text { font-family: -apple-system, "Segoe UI", "DejaVu Sans", Helvetica, Arial, sans-serif; font-size: 12px; }
.title { font-weight: 600; fill: #768390; }
.name { fill: #1f2328; text-anchor: middle; }
"""
HEAD: Final = """\
# The memory of the GPU

Made from `labs/{name}.toml` by `./lab docs`; `./lab gpu` shows the same for every lab, and what another card or context
would change. How it is computed: [decision 24](decisions/0024-gpu-memory-plan.md).

![the memory of each card as a bar](gpu.svg)

| card | DigitalOcean's sizes | GiB | fits | taken | what for |
|---|---|---|---|---|---|
"""


def text() -> str:
    """Write docs/gpu.md."""
    spec = all_labs()[0]
    rows = "".join(f"| {' | '.join(_row(plan))} |\n" for plan in _plans(spec))
    return HEAD.format(name=spec.name) + rows


def _row(plan: MemoryPlan) -> tuple[str, ...]:
    sizes = ", ".join(f"`{size}`" for size in plan.card.droplets)
    taken = f"{plan.takes:.1f}" if plan.fits else ""
    return plan.card.name, sizes, f"{plan.card.memory:.1f}", "yes" if plan.fits else "no", taken, verdict(plan)


def _plans(spec: LabSpec) -> list[MemoryPlan]:
    return [what_if(spec, card=name) for name, _ in rented()]


def drawing() -> str:
    """Write docs/gpu.svg."""
    return svg(_plans(all_labs()[0]))


def svg(plans: Iterable[MemoryPlan]) -> str:
    """Draw a bar for each plan; where the engines do not fit, the bar is longer than its card."""
    plans = list(plans)
    longest = max(max(plan.card.memory, sum(part.size for part in slices(plan))) for plan in plans)
    width, height = round(longest * SCALE) + 2 * LEFT, ROW * len(plans) + LEGEND
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="Memory of the GPU">\n<style>\n{STYLE}</style>'
    )
    body = [line for number, plan in enumerate(plans) for line in _card(plan, ROW * number)]
    return "\n".join((head, *body, *_legend(height - LEGEND // 2), "</svg>", ""))


def _card(plan: MemoryPlan, top: int) -> Iterator[str]:
    title = f"{plan.card.name}, {plan.card.memory:.1f} GiB: {verdict(plan)}"
    yield f'<text class="title" x="{LEFT}" y="{top + 20}">{escape(title)}</text>'
    x, y = float(LEFT), top + 28
    for name, parts in groupby(slices(plan), key=lambda part: part.name):
        start = x
        for part in parts:
            yield _slice(part, x, y)
            x += part.size * SCALE
        if name and x - start > LETTER * len(name):
            yield f'<text class="name" x="{(start + x) / 2:.1f}" y="{y + BAR // 2 + 4}">{escape(name)}</text>'
    end = LEFT + plan.card.memory * SCALE
    yield f'<path d="M{end:.1f} {y - 4} v{BAR + 8}" stroke="#768390" stroke-width="2"/>'


def _slice(part: Slice, x: float, y: int) -> str:
    fill, border = COLOURS[part.kind]
    wide = part.size * SCALE
    label = f"{part.name} {part.kind}".strip()
    return (
        f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{BAR}" fill="{fill}" stroke="{border}">'
        f"<title>{escape(f'{label}: {part.size:.1f} GiB')}</title></rect>"
    )


def _legend(y: int) -> Iterator[str]:
    for number, (kind, (fill, border)) in enumerate(COLOURS.items()):
        x = LEFT + 90 * number
        yield f'<rect x="{x}" y="{y - 10}" width="12" height="12" fill="{fill}" stroke="{border}"/>'
        yield f'<text class="title" x="{x + 18}" y="{y}">{kind}</text>'
