"""Files of the host become Secrets of the cluster, and their values stand nowhere else."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import Final

import pytest

from ailab.secrets import TABLE, Origin
from infra.process import Completed
from infra.secret_store import MANAGER
from infra.secrets import identity
from tests.host.recorded import Machine

pytestmark = pytest.mark.needs("bash", "find", "jq")

CANARY: Final = "sk-canary-5eed"
KNOWN: Final = " ".join(identity(row) for row in TABLE if row.origin is Origin.GIVEN)
NAMESPACE: Final = "kubectl --namespace=ai-lab get namespace ai-lab --output=name"
READ: Final = "kubectl --namespace=ai-lab get secret providers --ignore-not-found --output=json"
# As `./lab secrets` writes them: of two managers neither could take back what both have given.
APPLY: Final = (
    f"kubectl --namespace=ai-lab apply --server-side --force-conflicts --field-manager={MANAGER} --filename=-"
)

# The cluster is a folder: a file for each Secret, and one for what was applied last.
KUBECTL: Final = """\
case "$*" in
*"get namespace"*) [ -e "{folder}/namespace" ] ;;
*"get secret"*) cat "{folder}/$4.json" 2>/dev/null || true ;;
*apply*) cat >"{folder}/applied.json" ;;
esac
"""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Give a machine with one value for a cluster that is up."""
    machine = Machine(tmp_path)
    machine.has("kubectl", KUBECTL.format(folder=tmp_path))
    (tmp_path / "namespace").touch()
    give(machine, "providers/ANTHROPIC_API_KEY", f"{CANARY}\n")
    return machine


def give(machine: Machine, name: str, value: str) -> Path:
    file = machine.folder / "given" / name
    for folder in (file.parent.parent, file.parent):
        folder.mkdir(mode=0o700, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(value)
    return file


def there(machine: Machine, name: str, *keys: str) -> None:
    """Let the cluster have a Secret."""
    secret = {"kind": "Secret", "data": dict.fromkeys(keys, "YmVmb3Jl")}
    (machine.folder / f"{name}.json").write_text(json.dumps(secret))


def hand_over(machine: Machine, **env: str) -> Completed:
    facts = {
        "SECRETS_FOLDER": str(machine.folder / "given"),
        "SECRETS_KNOWN": KNOWN,
        "SECRETS_NAMESPACE": "ai-lab",
        "SECRETS_LAB": "gpu-lab",
        "KUBECONFIG": "/etc/rancher/k3s/k3s.yaml",
    }
    return machine.run("secrets.sh", env={**facts, **env})


def applied(machine: Machine) -> object:
    file = machine.folder / "applied.json"
    return json.loads(file.read_text()) if file.exists() else None


def secret(**values: str) -> object:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "providers",
            "labels": {"app.kubernetes.io/part-of": "gpu-lab", "app.kubernetes.io/managed-by": MANAGER},
        },
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()},
    }


def test_what_is_given_becomes_a_secret_without_the_line_break_at_its_end(machine: Machine) -> None:
    give(machine, "providers/OPENAI_API_KEY", "sk-other")
    done = hand_over(machine)
    assert (done.status, done.stdout, done.stderr) == (0, "secrets: providers: given\n", "")
    assert machine.calls == [NAMESPACE, READ, APPLY]
    assert applied(machine) == secret(ANTHROPIC_API_KEY=CANARY, OPENAI_API_KEY="sk-other")


def test_a_value_stands_in_no_command_line_and_no_output(machine: Machine) -> None:
    """The one of the file, and the one that the cluster has."""
    for program in ("jq", "find", "basename"):
        machine.has(program, f'exec {shutil.which(program)} "$@"')
    there(machine, "providers", "OPENAI_API_KEY")
    done = hand_over(machine)
    assert applied(machine) == secret(ANTHROPIC_API_KEY=CANARY, OPENAI_API_KEY="before")
    assert {call.split()[0] for call in machine.calls} >= {"kubectl", "jq", "find"}
    written = "\n".join((*machine.calls, done.stdout, done.stderr))
    forms = (CANARY, base64.b64encode(CANARY.encode()).decode(), "YmVmb3Jl")
    assert [form for form in forms if form in written] == []


def test_a_key_that_the_cluster_has_stays_as_it_is(machine: Machine) -> None:
    give(machine, "providers/OPENAI_API_KEY", "sk-other")
    there(machine, "providers", "ANTHROPIC_API_KEY")
    assert hand_over(machine).stdout == "secrets: providers: given\n"
    assert applied(machine) == secret(ANTHROPIC_API_KEY="before", OPENAI_API_KEY="sk-other")


def test_where_nothing_is_missing_nothing_is_written(machine: Machine) -> None:
    there(machine, "providers", "ANTHROPIC_API_KEY")
    assert hand_over(machine).status == 0
    assert machine.calls == [NAMESPACE, READ]


@pytest.mark.parametrize("what", ["given", "given/providers", "given/providers/ANTHROPIC_API_KEY"])
def test_what_others_can_read_is_refused_before_anything_is_done(machine: Machine, what: str) -> None:
    path = machine.folder / what
    path.chmod(path.stat().st_mode | 0o040)
    done = hand_over(machine)
    assert (done.status, machine.calls) == (1, [])
    assert done.stderr == f"secrets: {path}: others can read or change it; chown root: and chmod go=\n"


def test_a_file_that_no_program_reads_is_refused_before_anything_is_done(machine: Machine) -> None:
    give(machine, "providers/ANTROPIC_API_KEY", CANARY)
    done = hand_over(machine)
    assert (done.status, machine.calls) == (1, [])
    assert "ANTROPIC_API_KEY: no program of the lab reads it; known are providers/ANTHROPIC_API_KEY" in done.stderr


def test_a_link_is_refused(machine: Machine) -> None:
    link = machine.folder / "given/providers/OPENAI_API_KEY"
    link.symlink_to("/proc/self/environ")
    done = hand_over(machine)
    assert (done.status, done.stderr, machine.calls) == (1, f"secrets: {link}: is no plain file\n", [])


def test_where_nothing_was_given_nothing_is_done(machine: Machine) -> None:
    shutil.rmtree(machine.folder / "given")
    assert hand_over(machine).status == 0
    (machine.folder / "given").mkdir(mode=0o700)
    assert hand_over(machine).status == 0
    assert applied(machine) is None


def test_it_waits_for_the_namespace(machine: Machine) -> None:
    """The unit runs it again until it succeeds."""
    (machine.folder / "namespace").unlink()
    done = hand_over(machine)
    assert (done.status, done.stderr) == (1, "secrets: no namespace ai-lab yet\n")
    assert machine.calls == [NAMESPACE]


def test_a_call_that_fails_is_made_good_by_the_next_run(machine: Machine) -> None:
    for number, call in enumerate((NAMESPACE, READ, APPLY), start=1):
        machine.forget()
        (machine.folder / "applied.json").unlink(missing_ok=True)
        assert hand_over(machine, FAILS_AT=str(number)).status != 0
        assert machine.calls[-1] == call
        assert applied(machine) is None
        machine.forget()
        assert hand_over(machine).status == 0
        assert applied(machine) == secret(ANTHROPIC_API_KEY=CANARY)
