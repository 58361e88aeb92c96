"""Which cluster the doctor examines: that of the lab's own machine, where no other is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ailab.secrets import SecretKey
from ailab.spec import LabSpec
from infra import doctor
from infra.checkup.cluster import Cluster
from infra.checkup.finding import Finding, State
from infra.cli import lab
from infra.edges import Edge
from infra.errors import LabError
from infra.labs import one_lab
from infra.secret_store import Place
from infra.shipping.cluster import OnMachine
from infra.shipping.keys import Identity
from infra.shipping.reached import Reached
from infra.ssh import Login

WELL = Cluster(away=frozenset(), leaving=frozenset(), entering=frozenset())
FOUND = [Finding(Edge("litellm", "postgres", 5432, "rows"), State.HOLDS, 0.0125, "its row is there")]


@pytest.fixture(scope="module")
def spec() -> LabSpec:
    return one_lab("gpu-lab")


def test_a_labs_own_machine_is_asked_by_ssh_whichever_cluster_kubeconfig_names(
    spec: LabSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = Login("192.0.2.7", spec.name, tmp_path / "known_hosts", tmp_path / "key")
    asked: list[object] = []

    def values(place: Place, ask: OnMachine) -> dict[SecretKey, str]:
        asked.extend((place, ask))
        return {}

    def examined(*known: object, **_wanted: object) -> list[Finding]:
        asked.extend((known[-1], os.environ["KUBECONFIG"]))
        return FOUND

    monkeypatch.setenv("KUBECONFIG", "another")
    monkeypatch.setattr(doctor, "found", lambda name: (spec, login) if name == spec.name else None)
    monkeypatch.setattr(doctor, "fetched", lambda *_known: tmp_path / "kubeconfig")
    monkeypatch.setattr(doctor, "in_cluster", values)
    monkeypatch.setattr(doctor, "examine", examined)
    assert doctor.on_machine(spec) == FOUND
    machine = OnMachine(login)
    assert asked == [Place("ai-lab", "gpu-lab"), machine, machine, str(tmp_path / "kubeconfig")]


@pytest.fixture
def machine(spec: LabSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Login:
    """Have reached the lab's machine, and name no cluster; kubectl would reach none."""

    def refuse() -> None:
        message = "KUBECONFIG: not set: no cluster answers"
        raise LabError(message)

    monkeypatch.setattr(doctor, "require_cluster", refuse)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", "")
    folder = tmp_path / "gpu-lab" / spec.name
    reached = Reached(address="192.0.2.7", identity=tmp_path / "key")
    reached.remember(folder)
    return reached.login(Identity(spec.name, folder))


@pytest.mark.usefixtures("machine")
def test_where_no_cluster_is_named_the_labs_machine_is_examined(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[str, str | None]] = []

    def examined(spec: LabSpec, *, door: str | None) -> list[Finding]:
        asked.append((spec.name, door))
        return FOUND

    monkeypatch.setattr(doctor, "on_machine", examined)
    lab.main(["doctor", "--door", "http://192.0.2.8"], standalone_mode=False)
    assert (asked, capsys.readouterr().err) == ([("gpu-lab", "http://192.0.2.8")], "1 arrows hold\n")


def test_where_no_cluster_is_named_a_quick_look_asks_the_labs_machine(
    machine: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def of(*known: object) -> Cluster:
        asked.append(known[-1])
        return WELL

    monkeypatch.setattr(Cluster, "of", of)
    lab.main(["doctor", "--quick"], standalone_mode=False)
    assert asked == [OnMachine(machine)]


@pytest.mark.usefixtures("machine")
def test_where_no_cluster_is_named_and_no_machine_was_reached_it_is_told_what_to_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another"))
    with pytest.raises(LabError, match=r"^KUBECONFIG: not set: no cluster answers$"):
        lab.main(["doctor"], standalone_mode=False)


@pytest.mark.usefixtures("machine")
def test_a_cluster_that_is_named_is_meant_though_a_machine_was_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "mine")
    with pytest.raises(LabError, match=r"^KUBECONFIG: not set: no cluster answers$"):
        lab.main(["doctor"], standalone_mode=False)
