"""`./lab gpu`: who takes what of the GPU's memory, on the lab's card and on others."""

from __future__ import annotations

from typing import Final

import click
from rich.table import Table
from rich.text import Text

from ailab.memory import CardName, MemoryPlan, Parts
from infra.console import say, show
from infra.errors import LabError
from infra.labs import LAB_OPTION, one_lab
from infra.memory_slices import Kind, cards, slices, verdict, what_if

WIDTH: Final = 60  # of a whole card
# A sign and a colour each: the bar can be read without the colours too.
SIGNS: Final = {
    Kind.WEIGHTS: ("█", "blue"),
    Kind.CACHE: ("▓", "green"),
    Kind.WORK: ("▒", "yellow"),
    Kind.FREE: ("·", "white"),
    Kind.MARGIN: ("░", "red"),
}
SHOWN: Final = 0.05  # GiB; less is 0.0 in one digit
COLUMNS: Final = ("model", "weights", "cache", "work", "graphs", "CUDA", "GiB", "tokens", "requests")


@click.command()
@LAB_OPTION
@click.option("--card", type=click.Choice([str(card) for card in CardName]), help="Another card than the lab's.")
@click.option("--context", type=click.IntRange(min=512), help="Another context length for every model, in tokens.")
def gpu(lab_name: str | None, card: str | None, context: int | None) -> None:
    """Show what takes the memory of the GPU.

    Nothing is changed: --card and --context ask what would be. Status 1: it does not fit.
    """
    spec = one_lab(lab_name)
    if not spec.gpu_shares:
        message = f"{spec.name} uses no GPU: it has no vLLM server, and Ollama has none or gpu = false"
        raise LabError(message)
    chosen = CardName(card) if card else None
    plan = what_if(spec, card=chosen, context=context)
    show_table(plan)
    for other in [chosen] if chosen else cards(spec):
        show(bar(what_if(spec, card=other, context=context)))
    say("   ".join(f"{sign} {kind}" for kind, (sign, _) in SIGNS.items()))
    if not plan.fits:
        message = f"{plan.card.name}: does not fit: {verdict(plan)}"
        raise LabError(message)


def show_table(plan: MemoryPlan) -> None:
    """Show what each model takes, and how much of what is left nobody may take."""
    show(table(plan))
    if plan.ollama and plan.ollama.spare_room >= SHOWN:
        free, loaded = plan.ollama.spare_room, plan.ollama.loaded
        rule = f"with less Ollama, by a rule of its own, would hold fewer than {loaded} models"
        say(f"{free:.1f} GiB must stay free: {rule}")


def bar(plan: MemoryPlan) -> Text:
    """Draw a card as a bar of signs; what is beyond its end is beyond the card."""
    text = Text(f"{plan.card.name}, {plan.card.memory:.1f} GiB: {verdict(plan)}\n")
    done, drawn = 0.0, 0
    for part in slices(plan):
        sign, colour = SIGNS[part.kind]
        done += part.size
        end = round(done / plan.card.memory * WIDTH)
        inside = min(end, WIDTH) - min(drawn, WIDTH)
        text.append(sign * inside, style=colour)
        if end > WIDTH >= drawn:
            text.append("|")
        text.append(sign * (end - drawn - inside), style=colour)
        drawn = end
    return text


def table(plan: MemoryPlan) -> Table:
    """List what each model takes, in GiB, and the longest text and the number of requests that it has room for."""
    table = Table(title=_sum(plan), title_justify="left", box=None, padding=(0, 1, 0, 0))
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == COLUMNS[0] else "right", no_wrap=True)
    for share in plan.vllm:
        table.add_row(share.engine.name, *_cells(share.parts), f"{share.tokens:,}", f"{share.requests:.1f}")
    if plan.ollama:
        engine = plan.ollama.engine
        for each, parts in zip(engine.models, plan.ollama.models, strict=True):
            context = min(engine.context, each.model.context)
            table.add_row(each.alias, *_cells(parts), f"{context * engine.parallel:,}", f"{engine.parallel:.1f}")
    return table


def _sum(plan: MemoryPlan) -> str:
    """Say what is taken of the card, and where that is not too much, what becomes of the rest; rounded, it adds up."""
    whole, takes = round(plan.card.memory, 1), round(plan.takes, 1)
    title = f"{plan.card.name}: {takes:.1f} of {whole:.1f} GiB"
    if not plan.fits:
        return title
    free = round(plan.card.memory - plan.margin - plan.takes, 1)
    return f"{title}; {free:.1f} free, {whole - takes - free:.1f} margin"


def _cells(parts: Parts) -> tuple[str, ...]:
    numbers = (parts.weights, parts.cache, parts.work, parts.graphs, parts.context, parts.total)
    return tuple(f"{number:.1f}" for number in numbers)
