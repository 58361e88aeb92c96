"""cdk8s is loaded beside the rest without either seeing a module of the other half made."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

import pytest

from infra.process import run

ROOT: Final = Path(__file__).parents[2]
LOADS: Final = """
import json, sys
import ailab, jsii
known = set(sys.modules)
import {modules}
print(json.dumps(sorted({{name.partition(".")[0] for name in set(sys.modules) - known}})))
"""
# The verb, and what its command line and its answers need.
REST: Final = "infra.cli, infra.synth"


def _brings(modules: str) -> set[str]:
    done = run([sys.executable, "-c", LOADS.format(modules=modules)], timeout=60, cwd=ROOT)
    return set(json.loads(done.stdout))


def test_cdk8s_and_what_is_loaded_meanwhile_share_no_package_but_those_of_python() -> None:
    shared = _brings("cdk8s") & _brings(REST)
    assert {name for name in shared if name not in sys.stdlib_module_names} == set()


@pytest.mark.parametrize(
    ("words", "starts"), [(("synth",), "True"), (("synth", "--help"), "False"), (("gpu",), "False")]
)
def test_node_starts_for_a_synthesis_alone(words: tuple[str, ...], starts: str) -> None:
    """The command line itself is not loaded: nothing is synthesized here."""
    ends = "import sys, types; sys.modules['infra.cli'] = types.SimpleNamespace(main=lambda: None)"
    code = f"{ends}; sys.argv = ['lab', *{words!r}]; import infra.__main__, infra.cdk8s_ahead as ahead, threading"
    ask = "print(threading.active_count() > 1 or 'cdk8s' in sys.modules)"
    assert run([sys.executable, "-c", f"{code}; {ask}"], timeout=60, cwd=ROOT).stdout == f"{starts}\n"


def test_a_node_that_cannot_be_started_keeps_nobody_from_going_on() -> None:
    code = "import infra.cdk8s_ahead as ahead; ahead.begin(); print('read')"
    done = run([sys.executable, "-c", code], timeout=60, cwd=ROOT, env={"JSII_NODE": "/bin/false"})
    assert (done.status, done.stdout) == (0, "read\n")
