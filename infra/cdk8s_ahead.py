"""cdk8s, loaded while Python does something else: most of that time it waits for Node to start.

Two threads that import may see a module half made where imports go round in a circle. They cannot here: all that cdk8s
shares with the rest is jsii, which is loaded before (`tests/infra/test_cdk8s_ahead.py` asserts it).
"""

from __future__ import annotations

import importlib
from contextlib import suppress
from threading import Thread


def begin() -> None:
    """Begin to load cdk8s; whoever imports it later waits for the end of that."""
    importlib.import_module("ailab")  # which says what Node jsii is to run
    importlib.import_module("jsii")
    Thread(target=_load).start()  # not a daemon: at the end jsii lets Node go in order


def _load() -> None:
    with suppress(Exception):  # who needs it imports it again, and tells
        importlib.import_module("cdk8s")
