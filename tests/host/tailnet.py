"""A tailnet of real programs in network namespaces: headscale, a lab's host, and a peer.

The host's tailscaled has its device and writes its own rules, as on a droplet. The peer's works without one and is
asked through its proxy, so that no name server of this machine is touched.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra import process
from infra.errors import LabError
from infra.process import Completed
from testnode.certificates import Authority, Usage
from testnode.patience import until
from testnode.tailnet import HEADSCALE, TAILSCALE
from tests.host.namespaces import Namespace, connect, namespaces

DOMAIN: Final = "lab.ts.test"
USER: Final = "owner"
SECONDS: Final = 90.0
PROXY_PORT: Final = 1055

CONTROL: Final = "192.0.2.1"
_CONFIGURATION: Final = """\
server_url: https://{address}
listen_addr: {address}:443
metrics_listen_addr: 127.0.0.1:9090
grpc_listen_addr: 127.0.0.1:50443
tls_cert_path: {certificate}
tls_key_path: {key}
noise: {{private_key_path: {folder}/noise.key}}
prefixes: {{v4: 100.64.0.0/10, v6: "fd7a:115c:a1e0::/48", allocation: sequential}}
derp:
  server:
    enabled: true
    region_id: 999
    region_code: lab
    region_name: lab
    verify_clients: true
    stun_listen_addr: "{address}:3478"
    private_key_path: {folder}/derp.key
    automatically_add_embedded_derp_region: true
    ipv4: {address}
  urls: []
  paths: []
  auto_update_enabled: false
disable_check_updates: true
database: {{type: sqlite, sqlite: {{path: {folder}/db.sqlite, write_ahead_log: true}}}}
log: {{level: info, format: text}}
policy: {{mode: file, path: {folder}/policy.json}}
dns: {dns}
unix_socket: {folder}/headscale.sock
unix_socket_permission: "0700"
logtail: {{enabled: false}}
"""


@dataclass(frozen=True)
class Control:
    """headscale, in the place of Tailscale's own servers."""

    machine: Namespace
    folder: Path
    certificate: Path  # that its clients must trust

    def run(self, *words: str) -> str:
        """Run a command of headscale and return what it prints.

        Raises:
            CommandError: it failed.

        """
        program = HEADSCALE.folder / "headscale"
        done = process.run((program, "--config", self.folder / "config.yaml", *words), timeout=SECONDS)
        return done.stdout

    def key(self, tag: str = "") -> str:
        """Make a key by which one machine joins: with that tag, or as one of the user's own."""
        owner = ("--tags", tag) if tag else ("--user", "1")
        return self.run("preauthkeys", "create", *owner, "--expiration", "1h").split()[-1]


@dataclass(frozen=True)
class Member:
    """One machine of the tailnet, with its tailscaled."""

    machine: Namespace
    folder: Path

    def tailscale(self, *words: str, check: bool = True) -> Completed:
        """Run the command line of this machine's tailscaled."""
        program = TAILSCALE.folder / "tailscale"
        return self.machine.run(program, f"--socket={self.folder}/socket", *words, check=check)

    @property
    def address(self) -> str:
        """Address of IPv4 in the tailnet."""
        return self.tailscale("ip", "-4").stdout.strip()

    @property
    def name(self) -> str:
        """Full name in the tailnet."""
        return str(self._status["Self"]["DNSName"]).rstrip(".")

    @property
    def state(self) -> str:
        """What tailscaled says of itself: "Running" in the tailnet."""
        return str(self._status["BackendState"])

    @property
    def _status(self) -> Any:  # noqa: ANN401 - the answer of another program
        return json.loads(self.tailscale("status", "--json", check=False).stdout)

    @contextmanager
    def get(
        self, host: str, path: str = "/", headers: Mapping[str, str] | None = None
    ) -> Iterator[http.client.HTTPResponse]:
        """Ask a machine for a page, through the proxy of this one.

        Raises:
            OSError: nobody answers there.

        """
        with self.machine.entered(), closing(_connection(timeout=30)) as connection:
            connection.set_tunnel(host, 80)
            connection.request("GET", path, headers=dict(headers or {}))
            with connection.getresponse() as response:
                yield response

    def opens(self, host: str, port: int) -> bool:
        """Whether a port of a machine of the tailnet accepts a connection within a moment."""
        with self.machine.entered(), closing(_connection(timeout=2)) as connection:
            connection.set_tunnel(host, port)
            try:
                connection.connect()
            except OSError:
                return False
            return True


def _connection(timeout: float) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", PROXY_PORT, timeout=timeout)


@dataclass(frozen=True)
class Tailnet:
    """A peer, which is one of the owner's own machines, and what hosts need to join it."""

    control: Control
    peer: Member

    @contextmanager
    def host(self, machine: Namespace, state: Path) -> Iterator[Member]:
        """Run a host's tailscaled on a machine until the block ends; who has the same state is the same member."""
        flags = ("--tun=tailscale0", "--port=41641")
        with _tailscaled(self.control, machine, state, flags) as member:
            yield member

    @contextmanager
    def machine(self, name: str, number: int) -> Iterator[Namespace]:
        """Make one more machine that reaches headscale; `number` is the last of its address."""
        with namespaces(name) as (machine,):
            _plug_in(self.control.machine, machine, number)
            yield machine


def joined(member: Member, control: Control, name: str, *flags: str, tag: str = "") -> None:
    """Let a machine join, or come back where its state says that it has joined.

    Raises:
        CommandError: it did not within its time.

    """
    key = f"--auth-key={control.key(tag)}"
    login = f"--login-server=https://{CONTROL}"
    member.tailscale("up", login, key, f"--hostname={name}", *flags, "--timeout=60s")


@contextmanager
def tailnet(folder: Path, policy: object, dns: Mapping[str, object] | None = None) -> Iterator[Tailnet]:
    """Build a tailnet with its peer.

    Args:
        folder: for all that the programs write.
        policy: the tailnet policy file.
        dns: what headscale tells its machines of names beside its own.

    """
    with namespaces("control", "peer") as (machine, peer), ExitStack() as open_:
        machine.ip("link add underlay type bridge", f"address add {CONTROL}/24 dev underlay", "link set underlay up")
        _plug_in(machine, peer, 2)
        control = open_.enter_context(_headscale(machine, folder, policy, dns or {}))
        flags = ("--tun=userspace-networking", f"--outbound-http-proxy-listen=127.0.0.1:{PROXY_PORT}")
        member = open_.enter_context(_tailscaled(control, peer, folder / "peer", flags))
        joined(member, control, "laptop", "--accept-dns=true")
        yield Tailnet(control, member)


def _plug_in(control: Namespace, machine: Namespace, number: int) -> None:
    connect(control, f"to{number}", machine, "eth0")
    control.ip(f"link set to{number} master underlay")
    machine.ip(f"address add 192.0.2.{number}/24 dev eth0", f"route add default via {CONTROL}")


@contextmanager
def _headscale(machine: Namespace, folder: Path, policy: object, dns: Mapping[str, object]) -> Iterator[Control]:
    authority = Authority.create(folder / "tls", "control")
    pair = authority.issue("server", "/CN=control", Usage.SERVER, [CONTROL])
    names = {"magic_dns": True, "base_domain": DOMAIN, "override_local_dns": False, "nameservers": {"global": []}}
    text = _CONFIGURATION.format(
        address=CONTROL, folder=folder, certificate=pair.certificate, key=pair.key, dns=json.dumps({**names, **dns})
    )
    (folder / "config.yaml").write_text(text)
    (folder / "policy.json").write_text(json.dumps(policy))
    control = Control(machine, folder, authority.own.certificate)
    log = folder / "headscale.log"
    with machine.running(HEADSCALE.folder / "headscale", "--config", folder / "config.yaml", "serve", log=log):
        until(lambda: _answers(control), SECONDS, f"headscale answers ({log})")
        control.run("users", "create", USER)
        yield control


def _answers(control: Control) -> bool:
    try:
        control.run("users", "list")
    except LabError:
        return False
    return True


@contextmanager
def _tailscaled(control: Control, machine: Namespace, folder: Path, flags: tuple[str, ...]) -> Iterator[Member]:
    folder.mkdir(exist_ok=True)
    names, log = folder / "resolv.conf", folder / "tailscaled.log"
    names.touch()
    program: list[str | Path] = [TAILSCALE.folder / "tailscaled", f"--statedir={folder}", f"--socket={folder}/socket"]
    # A file of its own in the place of this machine's, should it ever write one.
    shell = f'mount --bind {names} /etc/resolv.conf && exec "$@"'
    words: list[str | Path] = ["unshare", "--mount", "sh", "-c", shell, "sh", *program, *flags, "--no-logs-no-support"]
    with machine.running(*words, log=log, env={"SSL_CERT_FILE": str(control.certificate)}):
        until((folder / "socket").exists, SECONDS, f"tailscaled answers ({log})")
        yield Member(machine, folder)
    (folder / "socket").unlink(missing_ok=True)
