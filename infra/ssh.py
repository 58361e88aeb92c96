"""The only door to other machines: what runs there, runs by the operator's ssh, and who answers is known before."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ailab.host_facts import SSH_PORT
from infra import process
from infra.errors import LabError
from infra.process import Completed

OWN_FAILURE: Final = 255  # ssh's exit status when it is itself that failed (ssh(1))
# What ssh(1) prints when another key answers than the one in known_hosts, or when none is there.
_STRANGERS_WORDS: Final = ("Host key verification failed", "REMOTE HOST IDENTIFICATION HAS CHANGED")
# Nothing of the operator's own configuration: it could permit what is refused here, or share a connection, where a
# fresh login is what proves that one is possible.
_OPTIONS: Final = (
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
    # A machine that vanished is noticed after a minute, however long its command may take.
    "ServerAliveInterval=15",
    "ServerAliveCountMax=4",
    "LogLevel=ERROR",
)


class UnreachableError(LabError):
    """Nothing answered, or the connection broke."""


class StrangerError(LabError):
    """Something answered with another host key than the expected one."""


class LoginRefusedError(LabError):
    """The machine is the right one, but does not take the operator's key."""


@dataclass(frozen=True)
class Login:
    """How root of one machine is reached.

    Attributes:
        address: where sshd listens.
        name: under which `known_hosts` has the key that must answer; addresses change, this does not.
        known_hosts: a file of ours.
        identity: the operator's private key; its passphrase, where it has one, is an agent's business.
        port: sshd's.

    """

    address: str
    name: str
    known_hosts: Path
    identity: Path
    port: int = SSH_PORT

    def argv(self, *options: str) -> list[str]:
        """Give the command up to the machine's name; further words run there."""
        own = (*_OPTIONS, f"HostKeyAlias={self.name}", f"UserKnownHostsFile={_quoted(self.known_hosts)}")
        words = [word for option in own for word in ("-o", option)]
        return ["ssh", "-F", "none", *words, "-i", str(self.identity), "-p", str(self.port), *options, self._root]

    @property
    def _root(self) -> str:
        return f"root@{self.address}"


def run(login: Login, *words: str, timeout: float, stdin: str | bytes | None = None, check: bool = True) -> Completed:
    """Run a command on the machine to its end.

    Args:
        login: the machine.
        words: the program there and its arguments, each of which arrives as it is. Others on that machine can read
            them: what is secret goes by `stdin`.
        timeout: seconds until ssh is ended; what runs on the machine may go on.
        stdin: what the command reads; nothing when None.
        check: raise when its exit status is not 0. That the machine is not reached is raised always.

    Raises:
        UnreachableError: nobody answers, or the connection broke.
        StrangerError: another host key than the known one.
        LoginRefusedError: the operator's key is not taken.
        CommandError: the command's status is not 0 (with `check`), or it is out of time.

    """
    done = process.run([*login.argv("-T"), shlex.join(words)], timeout=timeout, stdin=stdin, check=False)
    if done.status == OWN_FAILURE:
        raise _failure(login, done.stderr)
    if check and done.status != 0:
        message = f"{words[0]} on {login.address}: {process.ended(done)}"
        raise process.CommandError(message)
    return done


def script(
    login: Login, text: str, *arguments: str, timeout: float, stdin: str | bytes | None = None, check: bool = True
) -> Completed:
    """Run lines of shell on the machine; `arguments` are its $1, $2, ... Stops at the first line that fails.

    Raises:
        LabError: as `run` does.

    """
    return run(login, "sh", "-euc", text, "sh", *arguments, timeout=timeout, stdin=stdin, check=check)


def answers(login: Login) -> bool:
    """Find out whether a fresh login succeeds now.

    Raises:
        LoginRefusedError: the machine is there and will not take the key however long one waits.

    """
    try:
        run(login, "true", timeout=30)
    except (UnreachableError, StrangerError, process.CommandError):
        return False
    return True


def replace(login: Login, words: Sequence[str]) -> None:
    """Become an ssh session: a shell without `words`."""
    process.replace([*login.argv(), *([shlex.join(words)] if words else [])])


def _failure(login: Login, said: str) -> LabError:
    last = said.strip().rpartition("\n")[2]
    if any(words in said for words in _STRANGERS_WORDS):
        return StrangerError(
            f"{login.address}: answers with another host key than that of {login.name} in {login.known_hosts}; "
            "do not go on unless you know why: ./lab status shows which machine is the lab's"
        )
    if "Permission denied" in said:
        return LoginRefusedError(
            f"{login.address}: root does not take the key {login.identity}; "
            "name the one that the droplet was made with, and ssh-add it if it has a passphrase"
        )
    return UnreachableError(f"{login.address}: not reached by ssh: {last or 'the connection broke'}")


def _quoted(path: Path) -> str:
    """Write a path as one word of ssh's configuration, which splits at blanks."""
    return f'"{path}"'
