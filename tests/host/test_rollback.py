"""The guard of changes: what is tried goes away again unless somebody logs in anew."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from infra.process import Completed
from tests.host.recorded import Machine

pytestmark = pytest.mark.needs("bash", "ss", "awk")

FLAKE: Final = "/etc/nixos#gpu-lab"
BUILD: Final = f"nixos-rebuild build --flake {FLAKE}"
TEST: Final = f"nixos-rebuild test --flake {FLAKE}"
BOOT: Final = f"nixos-rebuild boot --flake {FLAKE}"
REBOOT: Final = "shutdown -r +5 the new configuration was not confirmed"
NO_REBOOT: Final = "shutdown -c"
UNITS: Final = "systemctl list-units --all --plain --full --no-legend --state=failed,auto-restart,auto-restart-queued"
SOCKETS: Final = "ss --no-header --tcp --numeric state established ( sport = :22 )"
OLD_LOGIN: Final = "203.0.113.7 50000 198.51.100.2 22"
NEW_LOGIN: Final = "203.0.113.7 50001 198.51.100.2 22"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    machine.has("shutdown")
    machine.has("ss", "echo '0 0 198.51.100.2:22 203.0.113.7:50000'")
    has_sick(machine)
    builds(machine, "new")
    return machine


def builds(machine: Machine, configuration: str, starting: str = "") -> None:
    """Let the flake build that configuration from now on; `starting` is what its start does besides."""
    system = machine.folder / configuration
    system.mkdir(exist_ok=True)
    links = {"build": "result", "test": f"{machine.folder}/current-system"}
    cases = "".join(f"{verb}) ln -sfn {system} {link} ;;\n" for verb, link in links.items())
    machine.has("nixos-rebuild", f'case "$1" in\n{cases}esac\n[ "$1" != test ] || {{ {starting or "true"}; }}')


def starts_with(machine: Machine, part: str | None) -> None:
    """Let the configuration "new" have another kernel, kernel-modules or initrd than the machine has booted."""
    for system, folder in (("booted", machine.folder / "booted-system"), ("new", machine.folder / "new")):
        folder.mkdir(exist_ok=True)
        for each in ("kernel", "kernel-modules", "initrd"):
            (folder / each).symlink_to(machine.folder / (f"{each}-{system}" if each == part else each))


def has_sick(machine: Machine, *units: str) -> None:
    """Let these units fail from now on."""
    lines = "".join(f"{unit} loaded failed failed Description of it\n" for unit in units)
    (machine.folder / "sick").write_text(lines)
    machine.has("systemctl", f"cat {machine.folder}/sick")


def rollback(machine: Machine, verb: str, login: str = "", **env: str) -> Completed:
    facts = {
        "ROLLBACK_FLAKE": FLAKE,
        "ROLLBACK_MINUTES": "5",
        "ROLLBACK_SSH_PORT": "22",
        "ROLLBACK_FOLDER": str(machine.folder / "run"),
        "ROLLBACK_SYSTEMS": str(machine.folder),
        "SSH_CONNECTION": login,
    }
    return machine.run("rollback.sh", verb, env={**facts, **env})


def test_a_configuration_runs_only_once_the_reboot_is_planned(machine: Machine) -> None:
    assert rollback(machine, "try", OLD_LOGIN).status == 0
    assert machine.calls == [BUILD, SOCKETS, UNITS, REBOOT, TEST]


def test_a_new_login_makes_it_the_one_that_boots(machine: Machine) -> None:
    rollback(machine, "try", OLD_LOGIN)
    machine.forget()
    assert rollback(machine, "confirm", NEW_LOGIN).status == 0
    assert machine.calls == [BUILD, NO_REBOOT, BOOT]


@pytest.mark.parametrize("part", ["kernel", "kernel-modules", "initrd", None])
def test_what_only_a_start_of_the_machine_brings_is_said(machine: Machine, part: str | None) -> None:
    starts_with(machine, part)
    rollback(machine, "try", OLD_LOGIN)
    done = rollback(machine, "confirm", NEW_LOGIN)
    assert (done.status, done.stdout) == (0, "rollback: restart needed\n" if part else "")


@pytest.mark.parametrize(
    ("login", "why"),
    [
        (OLD_LOGIN, "this login is older than the new configuration; log in anew, with ssh -o ControlPath=none"),
        ("", "this is no login by SSH; confirm from one"),
    ],
    ids=["of the login before", "of the machine itself"],
)
def test_the_word_is_not_taken(machine: Machine, login: str, why: str) -> None:
    rollback(machine, "try", OLD_LOGIN)
    machine.forget()
    done = rollback(machine, "confirm", login)
    assert (done.status, done.stderr, machine.calls) == (1, f"rollback: {why}\n", [])


def test_another_configuration_than_the_tried_one_is_not_made_to_boot(machine: Machine) -> None:
    rollback(machine, "try", OLD_LOGIN)
    builds(machine, "newer")
    machine.forget()
    done = rollback(machine, "confirm", NEW_LOGIN)
    assert (done.status, machine.calls) == (1, [BUILD])
    assert "has changed since it was tried" in done.stderr


def test_what_does_not_build_changes_nothing(machine: Machine) -> None:
    assert rollback(machine, "try", OLD_LOGIN, FAILS_AT="1").status == 1
    assert machine.calls == [BUILD]
    assert not (machine.folder / "run").exists()


def test_what_does_not_start_is_left_to_the_reboot(machine: Machine) -> None:
    done = rollback(machine, "try", OLD_LOGIN, FAILS_AT="5")
    assert (done.status, machine.calls) == (1, [BUILD, SOCKETS, UNITS, REBOOT, TEST])
    assert "the former one boots in 5 minutes" in done.stderr
    machine.forget()
    done = rollback(machine, "confirm", NEW_LOGIN)
    why = f"what is tried has not started as a whole; {machine.folder}/run/log says why"
    assert (done.status, done.stderr, machine.calls) == (1, f"rollback: {why}\n", [])


def becomes_sick(machine: Machine, *units: str) -> str:
    """Give lines of shell after which these units fail, as nixos-rebuild says by its status, whose fault it may be."""
    return f"printf '%s loaded failed failed\\n' {' '.join(units)} >>{machine.folder}/sick; exit 4"


@pytest.mark.parametrize(
    "units",
    [("nix-gc.service",), ("lab-serve.service",), ("tailscaled-autoconnect.service", "lab-serve.service")],
    ids=["sick before", "without the tailnet", "neither part of the tailnet"],
)
def test_what_no_change_has_broken_does_not_undo_one(machine: Machine, units: tuple[str, ...]) -> None:
    has_sick(machine, "nix-gc.service")
    builds(machine, "new", starting=becomes_sick(machine, *units))
    assert rollback(machine, "try", OLD_LOGIN).status == 0
    assert machine.calls == [BUILD, SOCKETS, UNITS, REBOOT, TEST, UNITS]
    machine.forget()
    assert rollback(machine, "confirm", NEW_LOGIN).status == 0
    assert machine.calls == [BUILD, NO_REBOOT, BOOT]


def test_a_change_that_breaks_a_unit_is_left_to_the_reboot(machine: Machine) -> None:
    has_sick(machine, "nix-gc.service")
    builds(machine, "new", starting=becomes_sick(machine, "nix-gc.service", "k3s.service", "lab-serve.service"))
    done = rollback(machine, "try", OLD_LOGIN)
    why = "the new configuration did not start as a whole; the former one boots in 5 minutes"
    assert (done.status, done.stderr) == (1, f"rollback: sick since the change: k3s.service\nrollback: {why}\n")
    assert rollback(machine, "confirm", NEW_LOGIN).status == 1
    assert NO_REBOOT not in machine.calls


DRIVERS_UNITS: Final = ("nvidia-container-toolkit-cdi-generator.service", "nvidia-persistenced.service")


def test_what_waits_for_the_new_driver_does_not_undo_it(machine: Machine) -> None:
    """The libraries are the new driver's already, and refuse the old kernel module until the machine restarts."""
    starts_with(machine, "kernel-modules")
    builds(machine, "new", starting=becomes_sick(machine, *DRIVERS_UNITS))
    assert rollback(machine, "try", OLD_LOGIN).status == 0
    done = rollback(machine, "confirm", NEW_LOGIN)
    assert (done.status, done.stdout) == (0, "rollback: restart needed\n")


@pytest.mark.parametrize(
    ("part", "units", "worse"),
    [(None, DRIVERS_UNITS, DRIVERS_UNITS), ("kernel-modules", (*DRIVERS_UNITS, "k3s.service"), ("k3s.service",))],
    ids=["with the driver that runs", "another unit beside a new driver"],
)
def test_a_new_driver_excuses_its_own_units_alone(
    machine: Machine, part: str | None, units: tuple[str, ...], worse: tuple[str, ...]
) -> None:
    starts_with(machine, part)
    builds(machine, "new", starting=becomes_sick(machine, *units))
    done = rollback(machine, "try", OLD_LOGIN)
    assert (done.status, done.stderr.splitlines()[0]) == (1, f"rollback: sick since the change: {' '.join(worse)}")
    assert rollback(machine, "confirm", NEW_LOGIN).status == 1


INHIBITED: Final = """\
Checking switch inhibitors...
There are changes to critical components of the system:

dbus-implementation : dbus -> broker
init : 259 -> 260

You probably want to run 'nixos-rebuild boot' and reboot your system instead.

Pre-switch check 'switchInhibitors' failed
Pre-switch checks failed
"""


def refuses(machine: Machine, said: str) -> None:
    """Let NixOS say this and change nothing."""
    machine.has(
        "nixos-rebuild",
        f"case $1 in build) ln -sfn {machine.folder}/new result ;; test) cat <<'EOF' >&2\n{said}EOF\nexit 1 ;; esac",
    )


def test_what_nixos_does_not_change_live_is_refused_and_needs_no_reboot(machine: Machine) -> None:
    refuses(machine, INHIBITED)
    done = rollback(machine, "try", OLD_LOGIN)
    why = (
        "rollback: NixOS does not change this while it runs: dbus-implementation : dbus -> broker, init : 259 -> 260; "
        "nothing has changed: ./lab park, then ./lab up\n"
    )
    assert (done.status, done.stderr) == (1, why)
    assert machine.calls == [BUILD, SOCKETS, UNITS, REBOOT, TEST, NO_REBOOT]
    assert rollback(machine, "confirm", NEW_LOGIN).stderr == "rollback: nothing is tried\n"


def test_another_refusal_of_nixos_keeps_its_reboot(machine: Machine) -> None:
    refuses(machine, "a : b -> c\nPre-switch check 'other' failed\nPre-switch checks failed\n")
    assert rollback(machine, "try", OLD_LOGIN).status == 1
    assert machine.calls == [BUILD, SOCKETS, UNITS, REBOOT, TEST]
    assert rollback(machine, "confirm", NEW_LOGIN).status == 1


def test_a_system_whose_users_or_files_are_not_all_there_is_left_to_the_reboot(machine: Machine) -> None:
    said = "Activation script snippet 'users' failed (1)"
    builds(machine, "new", starting=f'echo "{said}"; exit 4')
    done = rollback(machine, "try", OLD_LOGIN)
    assert (done.status, done.stderr.splitlines()[0]) == (1, said)
    assert rollback(machine, "confirm", NEW_LOGIN).status == 1


def test_where_nobody_knows_what_is_sick_nothing_is_kept(machine: Machine) -> None:
    """The list is asked for a second time, and that call fails."""
    builds(machine, "new", starting="exit 4")
    assert rollback(machine, "try", OLD_LOGIN, FAILS_AT="6").status == 1
    assert machine.calls == [BUILD, SOCKETS, UNITS, REBOOT, TEST, UNITS]
    assert rollback(machine, "confirm", NEW_LOGIN).status == 1


def test_nothing_is_tried_on_top_of_what_is_tried(machine: Machine) -> None:
    rollback(machine, "try", OLD_LOGIN)
    machine.forget()
    assert rollback(machine, "try", OLD_LOGIN).status == 1
    assert machine.calls == []


def test_what_is_not_tried_is_not_confirmed(machine: Machine) -> None:
    assert rollback(machine, "confirm", NEW_LOGIN).status == 1
    assert machine.calls == []


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_no_configuration_runs_without_a_planned_reboot_whichever_call_fails(machine: Machine, number: int) -> None:
    assert rollback(machine, "try", OLD_LOGIN, FAILS_AT=str(number)).status == 1
    assert TEST not in machine.calls or machine.calls.index(REBOOT) < machine.calls.index(TEST)
    assert len(machine.calls) == number
    assert not {BOOT, NO_REBOOT} & set(machine.calls)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_nothing_is_made_to_boot_while_a_reboot_is_planned_whichever_call_fails(machine: Machine, number: int) -> None:
    rollback(machine, "try", OLD_LOGIN)
    machine.forget()
    assert rollback(machine, "confirm", NEW_LOGIN, FAILS_AT=str(number)).status == 1
    assert machine.calls == [BUILD, NO_REBOOT, BOOT][:number]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_a_login_of_before_is_known_by_what_the_kernel_says_of_it(machine: Machine, address: str) -> None:
    """The real `ss`, and a connection as sshd has it."""
    (machine.folder / "bin" / "ss").unlink()
    with ExitStack() as open_:
        listener = open_.enter_context(socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True))
        port = listener.getsockname()[1]
        client = open_.enter_context(socket.create_connection((address, port)))
        open_.enter_context(listener.accept()[0])
        here, client_port = client.getsockname()[:2]
        rollback(machine, "try", ROLLBACK_SSH_PORT=str(port))
    machine.forget()
    # sshd writes addresses of IPv4 in their own form.
    login = f"{here.removeprefix('::ffff:')} {client_port} {address} {port}"
    assert rollback(machine, "confirm", login).status == 1
    assert machine.calls == []
    assert rollback(machine, "confirm", NEW_LOGIN).status == 0


def test_a_login_that_ends_meanwhile_stops_nothing(machine: Machine) -> None:
    """The new configuration restarts the network, and sshd ends what it has started."""
    builds(machine, "new", starting='kill -HUP "$PPID" "$$"; echo started')
    assert rollback(machine, "try", OLD_LOGIN).status == 0
    assert (machine.folder / "run/log").read_text() == "started\n"
    assert rollback(machine, "confirm", NEW_LOGIN).status == 0


@pytest.mark.parametrize("verb", ["", "switch"])
def test_nothing_else_can_be_asked(machine: Machine, verb: str) -> None:
    done = rollback(machine, verb)
    assert (done.status, done.stderr, machine.calls) == (1, "rollback: try or confirm\n", [])
