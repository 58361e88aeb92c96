"""A kubectl whose cluster is a folder: keeps the Secrets that it is given and writes down how it was called."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

CLUSTER = Path(os.environ["STAND_IN_CLUSTER"])


def _items(kind: str) -> list[dict[str, object]]:
    file = CLUSTER / f"{kind}.json"
    items: list[dict[str, object]] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return items


def main(words: list[str]) -> int:
    """Do what the tests need of kubectl; everything else succeeds without a word."""
    text = "" if sys.stdin.isatty() else sys.stdin.read()
    with (CLUSTER / "calls").open("a", encoding="utf-8") as calls:
        calls.write(json.dumps(words) + "\n")
    refused = CLUSTER / "refuses"
    if refused.exists() and words[0] == refused.read_text(encoding="utf-8"):
        sys.stderr.write("error: the server could not be reached\n")
        return 1
    if words[0] == "get":
        sys.stdout.write(json.dumps({"items": _items(words[1])}))
    elif text:
        (CLUSTER / "secrets.json").write_text(json.dumps(json.loads(text)["items"]), encoding="utf-8")
    return 0


sys.exit(main(sys.argv[1:]))
