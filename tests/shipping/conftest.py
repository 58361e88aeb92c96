"""What all of this needs on the machine."""

from __future__ import annotations

import os
import shutil

import pytest

from testnode import debian


@pytest.fixture(scope="session", autouse=True)
def _client() -> None:
    """Have ssh, which a new machine may lack; where it cannot be had, tests say so themselves."""
    if os.geteuid() == 0 and shutil.which("apt-get") and not shutil.which("ssh-keygen"):
        debian.install(("openssh-client",), lambda _line: None)
