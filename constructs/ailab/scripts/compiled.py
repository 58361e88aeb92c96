"""compiled.py start FOLDER IDENTITY PROGRAM...: become PROGRAM, which finds in FOLDER/cache what it compiled before.

compiled.py keep FOLDER IDENTITY URL, before that program is told to end: note that it answers, where it does.

Runs in vLLM's container with the standard library alone. What one start compiled can make the next one end (decision
0039), and a program that ends by what it keeps would never start again. So FOLDER/starts counts the starts since an
answer was noted. The one after STARTS of them finds an empty cache, as does a program of another IDENTITY, which would
use nothing that is there.
"""

from __future__ import annotations

import http.client
import os
import shutil
import sys
import urllib.request
from pathlib import Path

STARTS = 2  # so that one may end for another reason, such as a GPU whose memory is not free yet
SECONDS = 15  # for an answer


def starts(folder: Path, identity: str) -> int:
    """Count the starts since an answer was noted; STARTS where none is known, as on a disk that was full."""
    try:
        found, number = (folder / "starts").read_text(encoding="utf-8").split()
        return int(number) if found == identity else STARTS
    except (FileNotFoundError, ValueError):
        return STARTS


def note(folder: Path, identity: str, number: int) -> None:
    """Write down the number of starts since the last answer."""
    (folder / "starts").write_text(f"{identity} {number}\n", encoding="utf-8")


def start(folder: Path, identity: str, program: list[str]) -> None:
    """Become the program, with a cache that it may trust."""
    begun, cache = starts(folder, identity), folder / "cache"
    if begun >= STARTS:
        begun = 0
        if cache.exists():
            shutil.rmtree(cache)
            sys.stdout.write(f"{cache} was emptied: all is compiled anew\n")
            sys.stdout.flush()
    note(folder, identity, begun + 1)
    os.execvp(program[0], program)  # noqa: S606 - the words of this pod's own manifest, no shell


def answers(url: str) -> bool:
    """Say whether the program answers well."""
    try:
        with urllib.request.urlopen(url, timeout=SECONDS):  # noqa: S310 - this pod's own
            return True
    except (OSError, http.client.HTTPException):
        return False


def keep(folder: Path, identity: str, url: str) -> None:
    """Note that the program answers; what is silent, or still starts, is left to the count."""
    if answers(url):
        note(folder, identity, 0)


def main(action: str, folder: Path, identity: str, words: list[str]) -> None:
    """Do what the first word says."""
    if action == "keep":
        keep(folder, identity, words[0])
    else:
        start(folder, identity, words)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
