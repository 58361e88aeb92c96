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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs programs that this machine has not, and say which; `./lab test --all` runs it and fails."""
    if os.environ.get("LAB_TEST_ALL"):
        return
    for item in items:
        absent = [name for mark in item.iter_markers("needs") for name in mark.args if not shutil.which(name)]
        if absent:
            item.add_marker(pytest.mark.skip(reason=f"not on PATH: {', '.join(absent)}"))
    needing = [item for item in items if {mark.name for mark in item.iter_markers()} & NODE_MARKS]
    if not needing:
        return
    from testnode.build import missing  # noqa: PLC0415 - only where such tests were asked for

    if lacking := missing():
        for item in needing:
            item.add_marker(pytest.mark.skip(reason=f"not built: {', '.join(lacking)}; ./lab cluster build"))
