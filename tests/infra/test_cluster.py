"""What `./lab cluster` says of a lab."""

from __future__ import annotations

from pathlib import Path

from ailab.spec import load
from infra.cluster import doors
from tests.lab_files import MINIMAL


def test_only_what_the_lab_has_is_said_to_be_reached(tmp_path: Path) -> None:
    file = tmp_path / "minimal.toml"
    file.write_text(MINIMAL, encoding="utf-8")
    assert doors(load(file)) == ("openwebui.tail1a2b3c.ts.net", "litellm.tail1a2b3c.ts.net")
    file.write_text(MINIMAL + 'without = ["chat", "search"]\n', encoding="utf-8")
    assert doors(load(file)) == ("litellm.tail1a2b3c.ts.net",)
