"""A machine to ship to: a real sshd in a throw-away root, which restarts into other systems as a droplet does.

Real are sshd, sh, tar, flock, mount and all files. Stand-ins are what would change a disk or fetch from the Internet;
each writes down how it was called.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from infra import process
from infra.process import run
from infra.shipping.keys import HOST_KEY, Identity
from testnode import sshd

HERE = Path(__file__).parent
PASSWD = "root:x:0:0::/root:/bin/sh\nsshd:x:101:65534::/run/sshd:/usr/sbin/nologin\n"
# What init.sh gives to a root so that programs run there; not what was shipped.
FURNITURE = {"bin", "dev", "etc/passwd", "lib", "lib64", "machine", "opt", "proc", "root", "run", "sbin", "tmp", "usr"}


@dataclass(frozen=True)
class Droplet:
    """The machine, its folder here, and how its operator gets in."""

    folder: Path
    port: int
    operator: Path

    @property
    def machine(self) -> Path:
        """What the systems of the machine share, and the tests see: `/machine` there."""
        return self.folder / "machine"

    @property
    def disk(self) -> Path:
        """The machine's own disk."""
        return self.machine / "disk"

    def calls(self) -> list[str]:
        """Give how the stand-ins were called, since the last time, and forget it."""
        file = self.machine / "calls"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return lines

    def goes_wrong(self, program: str, how: str) -> None:
        """Let one stand-in go wrong once: `fails-before`, `fails-after`, or `cut`."""
        (self.machine / "faults" / f"{program}.{how}").touch()

    def boots_with(self, user_data: str) -> None:
        """Do what cloud-init does with user data at the first boot."""
        head, text = user_data.split("\n", 1)
        assert head == "#cloud-config"
        assert user_data.isascii()
        keys = yaml.safe_load(text)["ssh_keys"]
        folder = self.folder / "stock" / "etc" / "ssh"
        folder.mkdir(parents=True, exist_ok=True)
        private = folder / HOST_KEY
        private.write_text(keys["ed25519_private"], encoding="utf-8")
        private.chmod(0o600)
        private.with_suffix(".pub").write_text(keys["ed25519_public"] + "\n", encoding="utf-8")
        (self.folder / "stock" / "etc" / "os-release").write_text("ID=ubuntu\n", encoding="utf-8")
        (self.machine / "system").write_text("stock\n", encoding="utf-8")

    def has_nixos(self, identity: Identity, version: str) -> None:
        """Be a machine on which the lab's NixOS was installed."""
        (self.disk / "etc" / "ssh").mkdir(parents=True)
        (self.disk / "etc" / "os-release").write_text("ID=nixos\n", encoding="utf-8")
        private = self.disk / "etc" / "ssh" / HOST_KEY
        private.write_text(identity.host_key()[0], encoding="utf-8")
        private.chmod(0o600)
        (self.disk / "var" / "lib" / "gpu-lab").mkdir(parents=True)
        (self.disk / "var/lib/rancher/k3s/server/manifests").mkdir(parents=True)
        (self.disk / "var" / "lib" / "gpu-lab" / "system").write_text(f"{version}\n", encoding="utf-8")
        (self.machine / "system").write_text("nixos\n", encoding="utf-8")

    def shipped(self) -> dict[str, str]:
        """List what is on the disk: path, and kind with mode and owner as `ls` writes them."""
        found = {}
        for path in sorted(self.disk.rglob("*")):
            name = str(path.relative_to(self.disk))
            if any(name == part or name.startswith(f"{part}/") for part in FURNITURE):
                continue
            status = path.lstat()
            kind = "d" if path.is_dir() else "-"
            found[name] = f"{kind}{status.st_mode & 0o7777:o} {status.st_uid}:{status.st_gid}"
        return found


@contextmanager
def droplet(folder: Path, prepare: Callable[[Droplet], None]) -> Iterator[Droplet]:
    """Start a machine that takes the operator's key for root.

    Args:
        folder: for the machine and for its operator's key.
        prepare: puts its first system into its place.

    """
    operator = folder / "operator"
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", operator], timeout=30)
    made = Droplet(folder / "droplet", _free_port(), operator)
    (made.machine / "faults").mkdir(parents=True)
    shutil.copytree(HERE / "stand_ins", made.machine / "bin")
    (made.machine / "kexec").mkdir()
    shutil.copy(HERE / "stand_ins" / "run", made.machine / "kexec" / "run")
    (made.machine / "passwd").write_text(PASSWD, encoding="utf-8")
    shutil.copy(operator.with_suffix(".pub"), made.machine / "authorized_keys")
    (made.machine / "sshd_config").write_text(_configuration(made.port), encoding="utf-8")
    prepare(made)
    program = sshd.RECIPE.build(lambda _: None)
    libraries = ":".join(f"/opt/{name}" for name in sshd.LIBRARIES)
    # Namespaces of its own: whatever is mounted or started there ends with it.
    words = ("unshare", "--mount", "--pid", "--fork", "--kill-child=SIGKILL", "sh", HERE / "init.sh")
    child = process.start([*words, made.folder, program, libraries], log=folder / "sshd.log")
    try:
        yield made
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _configuration(port: int) -> str:
    lines = {
        "Port": str(port),
        "ListenAddress": "127.0.0.1",
        "HostKey": "/etc/ssh/ssh_host_ed25519_key",
        "AuthorizedKeysFile": "/machine/authorized_keys",
        "StrictModes": "no",  # the file belongs to whoever runs the tests
        "PidFile": "none",
        "PasswordAuthentication": "no",
        "SetEnv": "PATH=/machine/bin:/usr/sbin:/usr/bin",
    }
    return "".join(f"{name} {value}\n" for name, value in lines.items())


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
