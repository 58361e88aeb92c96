"""The lab files that tests load: each one's name says what it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_FIXTURES: Final = Path(__file__).parent / "fixtures"
VALID: Final = sorted((_FIXTURES / "valid").glob("*.toml"))
INVALID: Final = sorted((_FIXTURES / "invalid").glob("*.toml"))


def valid(name: str) -> Path:
    """Name the valid lab file that shows what its name says."""
    return _FIXTURES / "valid" / f"{name}.toml"


MINIMAL: Final = """\
name = "minimal"
tailnet = "tail1a2b3c"
ollama.models = [{ alias = "llama3.1", tag = "llama3.1:8b-instruct-q4_K_M" }]
"""

# The same beside another lab: two labs of one namespace are refused.
MINIMAL_APART: Final = MINIMAL + 'namespace = "minimal"\n'
