"""The door to other machines: the whole command, and what each failure is called. No network, no sshd."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from infra import ssh
from infra.process import CommandError
from infra.ssh import Login, LoginRefusedError, StrangerError, UnreachableError

STAND_IN = """\
import json, os, pathlib, sys
here = pathlib.Path(os.environ["STAND_IN"])
(here / "call.json").write_text(json.dumps({"argv": sys.argv[1:], "stdin": sys.stdin.read()}))
sys.stdout.write("printed")
sys.stderr.write((here / "says").read_text())
sys.exit(int((here / "status").read_text()))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a stand-in before every other ssh; it says "" and ends with 0 until a test writes otherwise."""
    program = tmp_path / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable} -IS\n{STAND_IN}", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("STAND_IN", str(tmp_path))
    _ends(tmp_path, 0)
    return tmp_path


@pytest.fixture
def login(folder: Path) -> Login:
    return Login("192.0.2.7", "gpu-lab", folder / "known hosts", folder / "key")


def _ends(folder: Path, status: int, says: str = "") -> None:
    (folder / "status").write_text(str(status), encoding="utf-8")
    (folder / "says").write_text(says, encoding="utf-8")


def _call(folder: Path) -> dict[str, object]:
    call: dict[str, object] = json.loads((folder / "call.json").read_text(encoding="utf-8"))
    return call


def test_a_command_is_run_by_this_ssh_and_no_configuration_of_the_operator(folder: Path, login: Login) -> None:
    ssh.run(login, "tar", "--directory=/a b", timeout=9, stdin="canary")
    options = (
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        "GlobalKnownHostsFile=none",
        "UpdateHostKeys=no",
        "HostKeyAlgorithms=ssh-ed25519",
        "IdentitiesOnly=yes",
        "PreferredAuthentications=publickey",
        "ForwardAgent=no",
        "ControlMaster=no",
        "ControlPath=none",
        "ConnectTimeout=10",
        "ServerAliveInterval=15",
        "ServerAliveCountMax=4",
        "LogLevel=ERROR",
        "HostKeyAlias=gpu-lab",
        f'UserKnownHostsFile="{folder}/known hosts"',
    )
    assert _call(folder) == {
        "argv": [
            *("-F", "none"),
            *(word for option in options for word in ("-o", option)),
            *("-i", f"{folder}/key", "-p", "22", "-T", "root@192.0.2.7", "tar '--directory=/a b'"),
        ],
        "stdin": "canary",
    }


def test_a_script_stops_at_its_first_failure_and_gets_its_arguments_as_they_are(folder: Path, login: Login) -> None:
    ssh.script(login, 'echo "$1"\nfalse\n', "it's", timeout=9)
    argv = _call(folder)["argv"]
    assert isinstance(argv, list)
    assert argv[-1] == "sh -euc 'echo \"$1\"\nfalse\n' sh 'it'\"'\"'s'"


@pytest.mark.parametrize(
    ("says", "kind", "message"),
    [
        (
            "@@@\nHost key verification failed.\n",
            StrangerError,
            r"192\.0\.2\.7: answers with another host key than that of gpu-lab in .*known hosts; do not go on",
        ),
        (
            "root@192.0.2.7: Permission denied (publickey).\n",
            LoginRefusedError,
            r"192\.0\.2\.7: root does not take the key .*key; name the one that the droplet was made with",
        ),
        (
            "ssh: connect to host 192.0.2.7 port 22: Connection refused\n",
            UnreachableError,
            r"192\.0\.2\.7: not reached by ssh: ssh: connect to host 192\.0\.2\.7 port 22: Connection refused$",
        ),
        ("", UnreachableError, r"192\.0\.2\.7: not reached by ssh: the connection broke$"),
    ],
)
def test_a_failure_of_ssh_itself_is_told_apart(
    folder: Path, login: Login, says: str, kind: type[Exception], message: str
) -> None:
    _ends(folder, 255, says)
    with pytest.raises(kind, match=f"^{message}"):
        ssh.run(login, "true", timeout=9, check=False)


def test_a_failed_command_is_told_with_its_last_words_and_without_its_arguments_or_what_it_printed(
    folder: Path, login: Login
) -> None:
    for says, told in (("no space left\n", ": no space left"), ("", "")):
        _ends(folder, 3, says)
        with pytest.raises(CommandError, match=rf"^tar on 192\.0\.2\.7: ended with status 3{told}$"):
            ssh.run(login, "tar", "--argument", timeout=9)
    assert ssh.run(login, "tar", timeout=9, check=False).status == 3


def test_a_machine_answers_or_not_but_one_that_refuses_the_key_is_told(folder: Path, login: Login) -> None:
    assert ssh.answers(login)
    _ends(folder, 255, "Connection refused")
    assert not ssh.answers(login)
    _ends(folder, 255, "Permission denied (publickey).")
    with pytest.raises(LoginRefusedError):
        ssh.answers(login)
