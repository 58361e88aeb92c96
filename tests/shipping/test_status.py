"""`./lab status` of a lab whose cloud is pretended and whose machine answers by a real ssh and sshd."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import infra.labs
from infra import operator
from infra.cli import lab
from infra.cloud.journey import Journey
from infra.cloud.record import Record
from infra.cloud.wanted import Goal
from infra.shipping.keys import Identity
from infra.shipping.reached import Reached
from infra.ssh import Login
from testnode.patience import until
from tests.cloud.fake.server import running
from tests.cloud.scene import Scene
from tests.shipping.droplet import Droplet, droplet

pytestmark = [
    pytest.mark.host,
    pytest.mark.needs("unshare", "flock", "apt-get"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a throw-away root"),
]
ADDON = "k3s kubectl get addons.k3s.cattle.io --namespace=kube-system --ignore-not-found lab-gpu-lab"
WHY_NOT = 'manifests: not applied by k3s: no matches for kind "Lab"'
NO_API = (
    "k3s does not answer: The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or "
    "port?; ./lab up starts what was stopped, ./lab logs --unit k3s says more"
)
NOT_REACHED = "127.0.0.1: not reached by ssh: ssh: connect to host 127.0.0.1 port 1: Connection refused"

SSHD_SECONDS = 60  # the command itself does not wait


@dataclass
class Machine:
    """The lab's machine, and the port at which its operator asks."""

    droplet: Droplet
    port: int

    def is_given(self, manifests: str) -> None:
        """Let k3s find a file of the lab."""
        file = self.droplet.disk / "var/lib/rancher/k3s/server/manifests/lab-gpu-lab.yaml"
        file.write_text(manifests, encoding="utf-8")

    def applies_nothing(self) -> None:
        (self.droplet.machine / "slow").touch()

    def has_no_api(self) -> None:
        (self.droplet.machine / "no-api").touch()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """Give the machine of a lab that runs."""
    with running() as server:
        scene = Scene(server, tmp_path)
        scene.folder = tmp_path / "gpu-lab/gpu-lab"
        scene.go(Goal.RUNNING)
        identity = Identity("gpu-lab", scene.folder)
        with droplet(tmp_path, lambda made: made.has_nixos(identity, "of now")) as there:
            identity.remember()
            Reached(address="127.0.0.1", identity=there.operator).remember(scene.folder)
            made = Machine(there, there.port)
            monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
            monkeypatch.setattr(infra.labs, "LABS", tmp_path)
            monkeypatch.setattr(operator, "_journey", _to(scene))
            monkeypatch.setattr(Reached, "login", _at(made))
            until(lambda: _answers(made.port), SSHD_SECONDS, "its sshd answers")
            yield made


def _answers(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def _to(scene: Scene) -> Callable[..., AbstractContextManager[Journey]]:
    def journey(_lab: object, record: Record, _key: Path, settle: float) -> AbstractContextManager[Journey]:
        assert settle == 0
        return scene.journey(record)

    return journey


def _at(machine: Machine) -> Callable[[Reached, Identity], Login]:
    login = Reached.login

    def at_its_port(reached: Reached, identity: Identity) -> Login:
        return replace(login(reached, identity), port=machine.port)

    return at_its_port


def _status(capture: pytest.CaptureFixture[str]) -> tuple[int, list[str], str, object]:
    """Give the command twice; returns its status, lines and last word, and what it tells programs of manifests."""
    capture.readouterr()
    with pytest.raises(SystemExit) as ended:
        lab.main(["status"], standalone_mode=False)
    out, err = capture.readouterr()
    with pytest.raises(SystemExit) as again:
        lab.main(["status", "--json"], standalone_mode=False)
    assert again.value.code == ended.value.code
    told = json.loads(capture.readouterr().out)
    assert told["things"] == out.splitlines()
    return int(str(ended.value.code)), out.splitlines(), err, told["manifests"]


def test_manifests_that_k3s_applies_are_no_line_of_their_own(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.is_given("kind: Deployment\n")
    status, lines, word, manifests = _status(capsys)
    assert (status, word, manifests) == (0, "gpu-lab runs\n", {"applied": True, "why": None})
    assert [line for line in lines if line.startswith("manifests")] == []
    assert machine.droplet.calls()[0].startswith(ADDON)


def test_manifests_that_k3s_cannot_apply_are_told_in_a_line_with_its_reason(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.is_given("kind: Lab\n")
    machine.applies_nothing()
    status, lines, word, manifests = _status(capsys)
    assert (status, lines[-1], word) == (1, WHY_NOT, "gpu-lab is not as it should be\n")
    assert manifests == {"applied": False, "why": 'no matches for kind "Lab"'}


def test_a_machine_that_was_given_nothing_yet_lacks_nothing(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.applies_nothing()
    status, _, _, manifests = _status(capsys)
    assert (status, manifests) == (0, {"applied": True, "why": None})
    assert machine.droplet.calls() == ["k3s kubectl get --raw /readyz"] * 2


def test_a_machine_that_was_stopped_and_not_destroyed_is_no_lab_that_runs(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.has_no_api()
    status, lines, word, _ = _status(capsys)
    assert (status, word) == (1, "gpu-lab is not as it should be\n")
    assert lines[-1] == f"manifests: not applied by k3s: {NO_API}"


def test_of_a_machine_that_is_not_reached_nothing_is_claimed(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.applies_nothing()
    machine.port = 1
    status, lines, _, manifests = _status(capsys)
    assert (status, lines[-1]) == (0, f"manifests: not asked for: {NOT_REACHED}")
    assert manifests == {"applied": None, "why": NOT_REACHED}


def test_a_lab_whose_k3s_does_not_answer_does_not_run(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.is_given("kind: Deployment\n")
    machine.has_no_api()
    status, lines, word, manifests = _status(capsys)
    assert (status, word) == (1, "gpu-lab is not as it should be\n")
    assert lines[-1] == f"manifests: not applied by k3s: {NO_API}"
    assert manifests == {"applied": False, "why": NO_API}
