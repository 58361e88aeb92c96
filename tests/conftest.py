"""What holds for all tests."""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import HealthCheck, settings

import ailab  # noqa: F401 - before a test imports cdk8s, which would start the machine's Node in place of ours

# A busy machine is no fault of the code, so no example has a deadline. A folder of a test is written anew by each
# example, so sharing it is safe.
settings.register_profile(
    "lab",
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("lab")


NODE_MARKS = {"node", "apiserver"}
HOST_MARKS = {"host"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs programs that this machine has not, and say which; `./lab test --all` runs it and fails."""
    if os.environ.get("LAB_TEST_ALL"):
        return
    for item in items:
        absent = [name for mark in item.iter_markers("needs") for name in mark.args if not shutil.which(name)]
        if absent:
            item.add_marker(pytest.mark.skip(reason=f"not on PATH: {', '.join(absent)}"))
    if any(_marks(item) & (NODE_MARKS | HOST_MARKS) for item in items):
        _skip_unbuilt(items)


def _marks(item: pytest.Item) -> set[str]:
    return {mark.name for mark in item.iter_markers()}


def _skip_unbuilt(items: list[pytest.Item]) -> None:
    from testnode.build import missing, missing_for_host  # noqa: PLC0415 - only where such tests were asked for

    for marks, lacking in ((NODE_MARKS, missing()), (HOST_MARKS, missing_for_host())):
        if lacking:
            reason = f"not built: {', '.join(lacking)}; ./lab cluster build"
            for item in (item for item in items if _marks(item) & marks):
                item.add_marker(pytest.mark.skip(reason=reason))
