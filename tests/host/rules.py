"""What no option of a lab's host may be: whatever it is called, wherever it is set."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from ailab.host_facts import HostFacts
from tests.host.evaluation import Host, Setting, shown

Rule = Callable[[Host, HostFacts], Iterator[str]]

STORE: Final = "/nix/store/"
# How values begin that open something: keys of Tailscale, of DigitalOcean, of k3s, of programs, and private keys.
SECRET: Final = re.compile(r"tskey-|dop_v1_|K10[0-9a-f]{16}|\bsk-[0-9A-Za-z]{8}|PRIVATE KEY|^\$[0-9a-z]+\$")
# Options that hold a secret itself, not the name of its file.
HOLDERS: Final = {"token", "agentToken", "password", "hashedPassword", "initialPassword", "initialHashedPassword"}
# Where rules of our own would run inside the firewall's script, which opens everything when a line of it fails.
INSIDE_THE_FIREWALL: Final = {"extraCommands", "extraStopCommands", "extraInputRules", "extraForwardRules"}
UNIT_KEYS: Final = {"ConditionPathExists", "DefaultDependencies", "RequiresMountsFor", "StartLimitIntervalSec"}


def _each(host: Host) -> Iterator[tuple[Setting, str]]:
    for setting in host.settings:
        yield setting, f"{setting.file}: {shown(setting.path)}"


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case Mapping():
            for item in value.values():
                yield from _texts(item)


def no_secret_is_in_the_store(host: Host, _facts: HostFacts) -> Iterator[str]:
    """Find secrets in the store, which everybody reads; a path of Nix is copied into it."""
    for setting, name in _each(host):
        last = setting.path[-1]
        if last in HOLDERS and setting.value:
            yield f"{name}: a secret itself; name its file"
        if last.lower().endswith("file") and str(setting.value).startswith(STORE):
            yield f"{name}: a file in the store, which everybody reads"
        if any(SECRET.search(text) for text in _texts(setting.value)):
            yield f"{name}: looks like a secret"


def no_service_opens_the_firewall(host: Host, _facts: HostFacts) -> Iterator[str]:
    """Find the switches by which a service opens its port to everybody."""
    for setting, name in _each(host):
        if setting.path[-1] == "openFirewall" and setting.value is not False:
            yield f"{name}: opens its port to everybody"


def no_rules_are_in_the_firewalls_script(host: Host, _facts: HostFacts) -> Iterator[str]:
    """Find rules of our own there: NixOS's firewall fails open, which is why the guard is a unit of its own."""
    for setting, name in _each(host):
        if setting.path[:2] == ("networking", "firewall") and setting.path[-1] in INSIDE_THE_FIREWALL:
            yield f"{name}: if one line of it fails, every port is open; a rule belongs into scripts/guard.sh"


def no_value_is_given_twice(host: Host, _facts: HostFacts) -> Iterator[str]:
    """Find two different values of one option, which NixOS refuses unless it joins them."""
    for path in dict.fromkeys(setting.path for setting in host.settings):
        found = host.strongest(path)
        if any(setting.value != found[0].value and not isinstance(setting.value, list) for setting in found):
            files = ", ".join(setting.file for setting in found)
            yield f"{files}: {shown(path)}: conflicting values"


def every_assertion_holds(host: Host, _facts: HostFacts) -> Iterator[str]:
    """Check the modules' own assertions, as NixOS would."""
    for setting, name in _each(host):
        if setting.path == ("assertions",) and isinstance(setting.value, list):
            yield from (f"{name}: {item['message']}" for item in setting.value if not item["assertion"])


def file_systems_are_complete(host: Host, facts: HostFacts) -> Iterator[str]:
    """Compare the file systems with those that outlive the droplet; none of them may keep it from coming up."""
    systems = host.value("fileSystems")
    wanted = {
        facts.state.folder: facts.state.device,
        "/var/lib/rancher": f"{facts.state.folder}/rancher",
        "/etc/rancher/node": f"{facts.state.folder}/rancher-node",
        "/var/lib/tailscale": f"{facts.state.folder}/tailscale",
    }
    found: Mapping[str, Mapping[str, object]] = systems if isinstance(systems, dict) else {}
    for point in {*wanted, *found}:
        system, name = found.get(point, {}), f"modules/storage.nix: {shown(('fileSystems', point))}"
        if system.get("device") != wanted.get(point):
            yield f"{name}.device: is {system.get('device')!r}, not {wanted.get(point)!r}"
        if system.get("fsType") != ("ext4" if point == facts.state.folder else "none"):
            yield f"{name}.fsType: is {system.get('fsType')!r}; NixOS has no default for it"
        if system.get("autoFormat"):
            yield f"{name}.autoFormat: would empty a volume that cannot be read at once"
        options = system.get("options")
        if not isinstance(options, list) or "nofail" not in options:
            yield f"{name}.options: without nofail a missing volume reboots the machine for ever"


def the_clusters_flags(host: Host, facts: HostFacts) -> Iterator[str]:
    """Check k3s's flags, which are joined by blanks, unquoted: some must be there, some must not."""
    k3s = facts.k3s
    flags = host.value("services", "k3s", "extraFlags")
    found = [flag for flag in flags if isinstance(flag, str)] if isinstance(flags, list) else []
    name = "modules/k3s.nix: services.k3s.extraFlags"
    wanted = (
        f"--cluster-cidr={k3s.pod_network}",
        f"--service-cidr={k3s.service_network}",
        f"--https-listen-port={k3s.api_port}",
        f"--default-local-storage-path={facts.state.folder}/volumes",
        "--secrets-encryption",
        "--resolv-conf=/etc/gpu-lab/resolv.conf",
        "--kube-apiserver-arg=audit-policy-file=/etc/gpu-lab/audit-policy.json",
        f"--kube-apiserver-arg=audit-log-path={facts.state.folder}/audit/k3s.log",
        *(f"--tls-san={san}" for san in k3s.names),
    )
    forbidden = ("--disable-network-policy", "--bind-address", "--vpn-auth", "--token", "--write-kubeconfig-mode=0644")
    yield from (f"{name}: lacks {flag}" for flag in wanted if flag not in found)
    yield from (f"{name}: {flag!r} has a blank" for flag in found if " " in flag)
    yield from (
        f"{name}: {flag} has no place here" for flag in found if flag.split("=")[0] in forbidden or flag in forbidden
    )
    for path in (("services", "k3s", "containerdConfigTemplate"), ("services", "k3s", "configPath")):
        if host.value(*path) is not None:
            yield f"modules/k3s.nix: {shown(path)}: decides beside the facts"


def pods_ask_other_name_servers(host: Host, facts: HostFacts) -> Iterator[str]:
    """Check what pods ask for names: the machine's own resolv.conf is written by others."""
    text = host.value("environment", "etc", "gpu-lab/resolv.conf", "text")
    if text != "".join(f"nameserver {server}\n" for server in facts.name_servers):
        yield f'modules/k3s.nix: environment.etc."gpu-lab/resolv.conf".text: is {text!r}'


def leases_leave_no_record(host: Host, _facts: HostFacts) -> Iterator[str]:
    """Check that the record of requests holds no renewals of leases, by whomever: they would be most of it."""
    text = host.value("environment", "etc", "gpu-lab/audit-policy.json", "text")
    leases = {"level": "None", "resources": [{"group": "coordination.k8s.io"}]}
    if not isinstance(text, str) or leases not in json.loads(text)["rules"]:
        yield 'modules/k3s.nix: environment.etc."gpu-lab/audit-policy.json".text: keeps renewals of leases'


def devices_come_by_cdi(host: Host, _facts: HostFacts) -> Iterator[str]:
    """Find the variable that gives a GPU to whoever sets it, without asking Kubernetes."""
    for setting, name in _each(host):
        if "NVIDIA_VISIBLE_DEVICES" in (*setting.path, *_texts(setting.value)):
            yield f"{name}: gives out GPUs around Kubernetes"


def unit_keys_are_known(host: Host, _facts: HostFacts) -> Iterator[str]:
    """Find keys of units that systemd would ignore: NixOS takes any."""
    for setting, name in _each(host):
        if len(setting.path) > 4 and setting.path[3] == "unitConfig" and setting.path[4] not in UNIT_KEYS:
            yield f"{name}: no key of a unit that is known here"


RULES: Final[tuple[Rule, ...]] = (
    no_secret_is_in_the_store,
    no_service_opens_the_firewall,
    no_rules_are_in_the_firewalls_script,
    no_value_is_given_twice,
    every_assertion_holds,
    file_systems_are_complete,
    the_clusters_flags,
    pods_ask_other_name_servers,
    leases_leave_no_record,
    devices_come_by_cdi,
    unit_keys_are_known,
)
