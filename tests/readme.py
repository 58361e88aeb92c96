"""The README, as its tests read it."""

from __future__ import annotations

import re
from typing import Final

from infra.labs import ROOT

TEXT: Final = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Give the code blocks of a language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)


def commands() -> set[str]:
    """Give every `./lab ...` that the page names, in blocks and in running text."""
    in_blocks = {line for block in blocks("console") for line in block.splitlines() if line.startswith("./lab ")}
    return in_blocks | set(re.findall(r"`(?:eval \"\$\()?(\./lab [^`)]+)(?:\)\")?`", TEXT))
