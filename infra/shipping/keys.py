"""Who a machine is: its host keys are made here, before it exists, so that the first login is to no stranger.

Two keys, of which only the second lasts (docs/decisions/0028): the key of the first boot reaches the droplet by its
user data, which every process there can read. It vouches only for the machine on which nothing but the installer has
ever run, and is forgotten when NixOS runs. NixOS has the lasting key, which travels by ssh.
"""

from __future__ import annotations

import json
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from infra import private_file
from infra.process import run

HOST_KEY = "ssh_host_ed25519_key"
FIRST_BOOT_KEY = "first_boot_ed25519_key"
INSTALLER_DIGEST = "installer.sha256"
CLUSTER_TOKEN = "k3s-token"  # noqa: S105 - a file's name
RELEASES = "https://github.com/nix-community/nixos-images/releases"


@dataclass(frozen=True)
class Identity:
    """A lab's own keys, in a folder that only its operator enters."""

    lab: str
    folder: Path

    @property
    def known_hosts(self) -> Path:
        """The file in which ssh finds both keys."""
        return self.folder / "known_hosts"

    @property
    def first_boot_name(self) -> str:
        """The name of the machine that is not yet NixOS."""
        return f"{self.lab}-first-boot"

    def host_key(self) -> tuple[str, str]:
        """Give the private and the public lasting key; made once."""
        return self._pair(HOST_KEY)

    def cluster_token(self) -> str:
        """Give what k3s encrypts its data with; made once, since another could not read them.

        In k3s's own file it has what names the cluster before it, `K10<hash>::server:`
        (https://docs.k3s.io/cli/token#server), which may be here where it was brought back from the volume.
        """
        file = self.folder / CLUSTER_TOKEN
        if not file.exists():
            private_file.write(file, secrets.token_hex(32) + "\n")
        return file.read_text(encoding="utf-8").rpartition("::server:")[2]

    @property
    def knows_a_machine(self) -> bool:
        """Whether one of the two keys is here: a new one would make each machine that is there a stranger."""
        return any((self.folder / name).exists() for name in (HOST_KEY, FIRST_BOOT_KEY))

    def user_data(self) -> str:
        """Write what gives a new droplet the key of its first boot, for cloud-init; each order has one of its own."""
        self._discard_first_boot()
        private, public = self._pair(FIRST_BOOT_KEY)
        keys = {"ed25519_private": private, "ed25519_public": public}
        # JSON is YAML: no value needs care for its line ends or quotes.
        return "#cloud-config\n" + json.dumps({"ssh_deletekeys": True, "ssh_genkeytypes": [], "ssh_keys": keys}) + "\n"

    def remember(self) -> None:
        """Write `known_hosts`: one name for each key that may answer."""
        names = {self.lab: self.host_key()[1]}
        if (self.folder / FIRST_BOOT_KEY).exists():
            names[self.first_boot_name] = self._pair(FIRST_BOOT_KEY)[1]
        private_file.write(
            self.known_hosts, "".join(f"{name} {' '.join(key.split()[:2])}\n" for name, key in names.items())
        )

    def forget_first_boot(self) -> None:
        """Trust the key of the first boot no longer; the next droplet gets another."""
        self._discard_first_boot()
        self.remember()

    def _discard_first_boot(self) -> None:
        for name in (f"{FIRST_BOOT_KEY}.pub", FIRST_BOOT_KEY):  # the public half says that the pair is whole
            (self.folder / name).unlink(missing_ok=True)

    def remember_installer(self, digest: str) -> str | None:
        """Remember the SHA-256 of the installer that is about to start; return the one of last time, if it was another.

        That is told and not refused: the release is built anew each week, and a lab that comes back is billed already.
        """
        file = self.folder / INSTALLER_DIGEST
        before = file.read_text(encoding="utf-8").strip() if file.exists() else digest
        private_file.write(file, f"{digest}\n")
        return before if before != digest else None

    def _pair(self, name: str) -> tuple[str, str]:
        file = self.folder / name
        public = file.with_suffix(".pub")
        if not public.exists():
            with private_file.told(file):
                self._make(file, public)
        return file.read_text(encoding="utf-8"), public.read_text(encoding="utf-8").strip()

    def _make(self, file: Path, public: Path) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder) as new:
            made = Path(new) / file.name
            run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", self.lab, "-f", made], timeout=30)
            # The public half last: it says that the pair is whole.
            for half, place in ((made, file), (made.with_suffix(".pub"), public)):
                private_file.sync(half)
                half.replace(place)
                private_file.sync(self.folder)
