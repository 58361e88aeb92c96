"""A kubectl whose cluster is a folder: keeps the Secrets that it is given and writes down how it was called.

It starts some hundred times in a run of the tests, so it imports little.
"""

from __future__ import annotations

import json
import os
import sys

CLUSTER = os.environ["STAND_IN_CLUSTER"]


def _items(kind: str) -> list[dict[str, object]]:
    items: list[dict[str, object]] = json.loads(_read(f"{kind}.json") or "[]")
    return items


def _read(name: str) -> str:
    """Give a file of the cluster, or nothing where it has none."""
    try:
        with open(f"{CLUSTER}/{name}", encoding="utf-8") as file:  # noqa: PTH123 - pathlib doubles the start
            return file.read()
    except FileNotFoundError:
        return ""


def _write(name: str, text: str, mode: str = "w") -> None:
    with open(f"{CLUSTER}/{name}", mode, encoding="utf-8") as file:  # noqa: PTH123 - as above
        file.write(text)


def _annotate(words: list[str]) -> None:
    """Take annotations away from Secrets, which is all that is done by it: `secret/name`, and `key-`."""
    items = json.loads(_read("secrets.json"))
    for item in items:
        if f"secret/{item['metadata']['name']}" in words:
            known = item["metadata"]["annotations"]
            item["metadata"]["annotations"] = {key: value for key, value in known.items() if f"{key}-" not in words}
    _write("secrets.json", json.dumps(items))


def main(words: list[str]) -> int:
    """Do what the tests need of kubectl; everything else succeeds without a word."""
    text = "" if sys.stdin.isatty() else sys.stdin.read()
    _write("calls", json.dumps(words) + "\n", "a")
    if words[0] == _read("refuses"):
        sys.stderr.write("error: the server could not be reached\n")
        return 1
    if words[:2] == _read("shouts").split():
        known = text or _read("secrets.json")
        sys.stdout.write(known)
        sys.stderr.write(f"error when applying patch: {known}\n")
        return 1
    if words[0] == "annotate":
        _annotate(words)
    elif words[0] == "get":
        sys.stdout.write(json.dumps({"items": _items(words[1])}))
    elif text:
        _write("secrets.json", json.dumps(json.loads(text)["items"]))
    return 0


sys.exit(main(sys.argv[1:]))
