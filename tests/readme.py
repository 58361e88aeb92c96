"""The README, as its tests read it."""

from __future__ import annotations

import re
from typing import Final

from infra.labs import ROOT

TEXT: Final = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Give the code blocks of a language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)


def way(first: str) -> list[str]:
    """Give the lines of the one block whose first line begins so."""
    [found] = [block for block in blocks("console") if block.startswith(first)]
    return found.splitlines()


def commands() -> set[str]:
    """Give every `./lab ...` that the page names, in blocks and in running text."""
    in_blocks = {line for block in blocks("console") for line in block.splitlines() if line.startswith("./lab ")}
    return in_blocks | set(re.findall(r"`(?:eval \"\$\()?(\./lab [^`)]+)(?:\)\")?`", TEXT))
