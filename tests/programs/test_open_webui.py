"""Open WebUI's stand-in, as far as it can be seen without running it."""

from __future__ import annotations

import re

import pytest

from infra import process
from testnode.programs.open_webui import START, VERSION, open_webui
from testnode.programs.python_environment import REQUIREMENTS


def test_it_starts_as_the_image_does() -> None:
    stand_in = open_webui().stand_in
    started = (stand_in.entrypoint, stand_in.cmd, stand_in.working_directory, stand_in.user)
    assert started == ((), ("bash", "start.sh"), "/app/backend", "")


@pytest.mark.needs("bash")
def test_an_empty_secret_key_ends_it_at_once() -> None:
    done = process.run(["bash", START], timeout=10, check=False, env={"WEBUI_SECRET_KEY": ""})
    assert (done.status, done.stderr) == (1, "start.sh: WEBUI_SECRET_KEY is empty; give it by a Secret\n")


def test_the_lock_holds_the_version_of_the_image_and_no_cuda() -> None:
    lines = (REQUIREMENTS / "open-webui.txt").read_text().splitlines()
    packages = [
        line.split("==", 1)
        for line in lines
        if line[0].isalpha() and "==" in line and "sys_platform == 'never'" not in line
    ]
    versions = {name: version.split()[0] for name, version in packages}
    assert versions["open-webui"] == VERSION
    assert [name for name in versions if re.match("torch|nvidia|cuda|triton", name)] == []
