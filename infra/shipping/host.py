"""A lab's machine, for real: what `up` and `park` ask of it (`infra.cloud.steps.Host`), done by ssh."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from ailab import host_facts
from ailab.host_facts import SSH_PORT, STATE, TAILSCALE_KEY, HostFacts
from ailab.secrets import SecretKey
from ailab.spec import LabSpec, parts
from infra.cloud.steps import AuthKey, Target
from infra.errors import LabError
from infra.labs import DIST, ROOT
from infra.secret_store import Place, fill, restart
from infra.shipping import bundle
from infra.shipping.change import change
from infra.shipping.cluster import OnMachine, admit_pods, until_answering, until_ready
from infra.shipping.disclosure import Known
from infra.shipping.flake import Flake
from infra.shipping.install import Told, install, locked, put
from infra.shipping.keys import CLUSTER_TOKEN, HOST_KEY, Identity
from infra.shipping.manifests import deliver
from infra.shipping.member import member
from infra.shipping.places import RESTING
from infra.shipping.reached import Reached
from infra.shipping.sight import Doors, System, look, wait_for
from infra.ssh import Login, script

NIXOS: Final = ROOT / "nixos"
FIRST_BOOT_SECONDS: Final = 600  # an active droplet's sshd may take minutes
REST_SECONDS: Final = 720
JOIN_SECONDS: Final = 180
# By the state of a machine that was taken out of the tailnet tailscaled may say that it runs, and ask for no key
# (decision 0031). What serves the lab's names restarts with tailscaled, after the machine has joined.
FORGET: Final = "tailscale logout"
JOIN: Final = f"{FORGET}\nsystemctl restart tailscaled.service tailscaled-autoconnect.service\n"
# Pods first, in peace: of k3s itself stopping none takes notice. Of them the gateway, while there is a database for its
# last rows (decision 0021). Then whatever needs the volume, which systemd knows, and the volume; at last the proof that
# nothing has it mounted.
_DRAIN: Final = 'k3s kubectl drain "$1" --ignore-daemonsets --delete-emptydir-data --force'
REST: Final = f"""\
if systemctl is-active --quiet k3s.service; then
  {_DRAIN} --pod-selector=app.kubernetes.io/name={parts.LITELLM} --timeout=180s
  {_DRAIN} --timeout=300s
fi
systemctl stop k3s.service
k3s-killall.sh
systemctl stop "$(systemd-escape --path --suffix=mount "$2")"
sync
! findmnt --noheadings "$2"
"""
# With the volume's mount systemd has stopped the mounts on it and whatever requires one of them, tailscaled, too. The
# target of the boot starts all that it wants again, in the boot's order, and leaves alone what runs: a switch of NixOS
# does so, too. k3s is waited for by who needs it; tailscaled is asked next.
WAKE: Final = """\
if systemctl is-active --quiet k3s.service; then exit 0; fi
systemctl start --no-block multi-user.target
systemctl start tailscaled.service
"""
# A machine without the lab's NixOS has no such folder, and gives nothing: its host key is known to all who run there.
TAKE: Final = (
    f"cd {host_facts.CLUSTER_TOKEN.parent} && tar -cf - {host_facts.CLUSTER_TOKEN.name} "
    f"-C {host_facts.HOST_KEY.parent} {host_facts.HOST_KEY.name} {host_facts.HOST_KEY.name}.pub"
)


def silent(_line: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class NixosHost:
    """The steps from a fresh droplet to a running lab.

    Attributes:
        owners: the secrets that only the lab's owner can give.
        known: all that the machine's configuration must not have.
        tell: is told what begins.
        configuration: folder of the flake.
        dist: folder of the labs' manifests.
        port: sshd's.

    """

    owners: Mapping[SecretKey, str] = field(default_factory=dict, repr=False)
    known: Sequence[Known] = ()
    tell: Told = silent
    configuration: Path = NIXOS
    dist: Path = DIST
    port: int = SSH_PORT

    def check(self, lab: LabSpec) -> None:
        """Make sure that there are a configuration and manifests to bring to the machine.

        Raises:
            LabError: something is missing, is of another time than the lab's file, or must not be shipped.

        """
        self._flake(lab)
        if not self._namespace(lab).is_file():
            message = f"{self._namespace(lab)}: missing; run ./lab synth"
            raise LabError(message)

    def make_keys(self, lab: LabSpec, folder: Path) -> None:
        """Make the token with which k3s encrypts its data, unless it is there."""
        Identity(lab.name, folder).cluster_token()

    def lacks(self, folder: Path, *, machine: bool) -> tuple[str, ...]:
        """Name that token's file where it is not there: k3s reads its data with no other. So with the host key's."""
        token = () if (folder / CLUSTER_TOKEN).exists() else (CLUSTER_TOKEN,)
        return (*token, HOST_KEY) if machine and not Identity(folder.name, folder).knows_a_machine else token

    def recovery(self, folder: Path, target: Target | None) -> str:
        """Say how the operator brings token and host key from the machine, or the token from the volume.

        That it is the right machine nothing here can tell: ssh asks the operator.
        """
        if target is None:
            return (
                "mount the volume on any droplet and copy what is in its rancher/k3s/server/token to "
                f"{folder / CLUSTER_TOKEN}"
            )
        words = shlex.join(["ssh", "-i", str(target.identity), f"root@{target.address}", TAKE])
        unpack = shlex.join(["tar", "-xf", "-", "-C", str(folder)])
        return f"give this command, in which you vouch to ssh for the machine's key: {words} | {unpack}"

    def user_data(self, lab: LabSpec, folder: Path) -> str:
        """Return what gives the new droplet the host key by which `reach` knows it; no secret of the lab.

        Raises:
            LabError: there is no configuration for it, so that a droplet would be rented for nothing.

        """
        self._flake(lab)
        return Identity(lab.name, folder).user_data()

    def reach(self, target: Target) -> None:
        """Wait until the machine answers by ssh, with one of its two keys.

        Raises:
            LabError: it does not in time, has another key, or does not take the operator's.

        """
        self._known(target).remember()
        wait_for(self._doors(target), lambda _: True, FIRST_BOOT_SECONDS, "ssh answers")
        Reached(address=target.address, identity=target.identity).remember(target.folder)

    def install(self, target: Target) -> None:
        """Put NixOS onto the machine, unless it runs there, and start what `rest` has stopped.

        Raises:
            LabError: a step failed; call it again to go on.

        """
        machine = install(self._doors(target), self._identity(target), self._flake(target.lab), self.tell)
        locked(machine.login, WAKE, seconds=REST_SECONDS, lock=RESTING)

    def hand_over(self, target: Target, key: AuthKey | None) -> None:
        """Let the machine join the tailnet, and give the cluster its secrets: what is there stays.

        Raises:
            LabError: it does not join, or k3s does not answer.

        """
        login = self._doors(target).lasting
        if key:
            parents = (bundle.Entry(TAILSCALE_KEY.parents[1].relative_to("/"), bundle.FOLDER),)
            put(login, PurePosixPath("/"), [*parents, *bundle.secret(TAILSCALE_KEY.relative_to("/"), key.value)])
            self.tell("joining the tailnet")
            script(login, JOIN, timeout=JOIN_SECONDS)
        ask = OnMachine(login)
        self.tell("waiting for k3s")
        until_answering(ask)
        namespace = self._namespace(target.lab).read_text(encoding="utf-8")
        ask("apply", "--server-side", "--filename=-", stdin=namespace)
        place = Place(target.lab.namespace, target.lab.name)
        unread = fill(place, self.owners, ask).now.unread
        if unread:
            admit_pods(ask, target.lab.name)  # each restart waits for pods
            restart(place, unread, ask)

    def member(self, target: Target) -> str | None:
        """Say by which id the tailnet knows the machine; None where it is in none, or has no NixOS yet.

        Raises:
            LabError: nobody answers by a known key, or its tailscaled does not answer.

        """
        machine = look(self._doors(target))
        return member(machine.login) if machine.system is System.NIXOS else None

    def ship(self, target: Target) -> None:
        """Bring NixOS and the manifests up to date.

        Raises:
            LabError: NixOS does not run there, or the change does not hold.

        """
        machine = look(self._doors(target))
        if machine.system is not System.NIXOS:
            message = f"{target.address}: runs no NixOS yet; ./lab up installs it"
            raise LabError(message)
        change(machine, self._flake(target.lab), self.tell)
        deliver(machine.login, target.lab.name, self.dist / target.lab.name)

    def wait(self, target: Target) -> None:
        """Wait until k3s has all manifests and every part is available.

        Raises:
            LabError: it is not so in time.

        """
        ask = OnMachine(self._doors(target).lasting)
        until_answering(ask)
        until_ready(ask, target.lab.name, self.dist / target.lab.name, self.tell)

    def rest(self, target: Target) -> None:
        """Let the databases end, stop what writes to the volume, and unmount it.

        Before NixOS runs there, nothing has it mounted, and nothing is to be done.

        Raises:
            LabError: nobody answers by a known key, or something still has the volume mounted: the droplet must stay.

        """
        self._known(target).remember()
        machine = look(self._doors(target))
        if machine.system is not System.NIXOS:
            return
        locked(machine.login, REST, target.lab.name, str(STATE), seconds=REST_SECONDS, lock=RESTING)

    def _namespace(self, lab: LabSpec) -> Path:
        return self.dist / lab.name / "00-namespace.yaml"

    def _flake(self, lab: LabSpec) -> Flake:
        if not (self.configuration / "flake.nix").exists():
            message = f"{self.configuration}: has no flake.nix; take nixos/ from the repository"
            raise LabError(message)
        flake = Flake.read(self.configuration, lab.name, self.known)
        name = PurePosixPath("labs") / f"{lab.name}.json"
        # With facts of another time the machine might take no key that the lab's file has now.
        if HostFacts.of(lab).json().encode() not in {entry.content for entry in flake.files if entry.path == name}:
            message = f"{self.configuration / name}: is not what labs/{lab.name}.toml says; run ./lab synth"
            raise LabError(message)
        return flake

    def _identity(self, target: Target) -> Identity:
        return Identity(target.lab.name, target.folder)

    def _known(self, target: Target) -> Identity:
        """Give the lab's keys, where one of a machine that is there is among them.

        Raises:
            LabError: none is, and none is made.

        """
        identity = self._identity(target)
        if not identity.knows_a_machine:
            message = f"{target.folder}: has no {HOST_KEY}, by which the machine is known; ./lab status says what helps"
            raise LabError(message)
        return identity

    def _doors(self, target: Target) -> Doors:
        identity = self._identity(target)
        login = Login(target.address, target.lab.name, identity.known_hosts, target.identity, self.port)
        return Doors.of(identity, login)
