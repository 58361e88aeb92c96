"""Open WebUI's stand-in, as far as it can be seen without running it."""

from __future__ import annotations

import re

from infra import process
from testnode.programs.open_webui import START, VERSION, open_webui
from testnode.programs.python_environment import REQUIREMENTS


def test_it_starts_as_the_image_does() -> None:
    stand_in = open_webui().stand_in
    started = (stand_in.entrypoint, stand_in.cmd, stand_in.working_directory, stand_in.user)
    assert started == ((), ("bash", "start.sh"), "/app/backend", "")


def test_an_empty_secret_key_ends_it_at_once() -> None:
    done = process.run(["bash", START], timeout=10, check=False, env={"WEBUI_SECRET_KEY": ""})
    assert (done.status, done.stderr) == (1, "start.sh: WEBUI_SECRET_KEY is empty; give it by a Secret\n")


def test_the_lock_holds_the_version_of_the_image_and_no_cuda() -> None:
    lock = (REQUIREMENTS / "open-webui.txt").read_text()
    installed = re.findall(r"^([a-z0-9-]+)==([^ ]+)(?! ; sys_platform == 'never')", lock, re.MULTILINE)
    assert ("open-webui", VERSION) in installed
    assert {name for name, _ in installed if re.match("torch|nvidia|cuda|triton", name)} == set()
