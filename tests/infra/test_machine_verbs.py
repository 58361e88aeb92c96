"""`./lab ssh`, `kubeconfig`, `logs` and `names`: which program they become, what they print, what they refuse."""

from __future__ import annotations

import json
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

import infra.kubeconfig
import infra.labs
import infra.logs
import infra.names
from infra import process
from infra.cli import lab
from infra.errors import LabError
from infra.process import Completed
from infra.shipping.reached import Reached
from tests.lab_files import MINIMAL

K3S = """\
apiVersion: v1
clusters:
- cluster: {certificate-authority-data: Y2E=, server: 'https://127.0.0.1:6443'}
  name: default
users:
- name: default
  user: {client-certificate-data: Y2VydA==, client-key-data: a2V5}
"""


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be an operator with one lab, whose machine was reached once; returns the lab's folder."""
    (tmp_path / "labs").mkdir()
    (tmp_path / "labs" / "minimal.toml").write_text(MINIMAL, encoding="utf-8")
    monkeypatch.setattr(infra.labs, "LABS", tmp_path / "labs")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "state" / "gpu-lab" / "minimal"
    folder.mkdir(parents=True)
    Reached(address="192.0.2.7", identity=Path("key")).remember(folder)
    return folder


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """Keep the commands that this process would have become."""
    kept: list[Sequence[str]] = []
    monkeypatch.setattr(process, "replace", kept.append)
    return kept


def _lab(*words: str) -> None:
    lab.main(list(words), standalone_mode=False)


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize(
    ("words", "remote"),
    [
        (("ssh",), []),
        (("ssh", "systemctl", "status", "k3s"), ["systemctl status k3s"]),
        (("ssh", "ls", "-l", "a b"), ["ls -l 'a b'"]),
        (
            ("logs", "--unit", "k3s", "--follow"),
            ["journalctl --no-pager --lines=100 --follow --unit=k3s"],
        ),
    ],
)
def test_the_command_goes_to_the_labs_machine(
    became: list[Sequence[str]], words: tuple[str, ...], remote: list[str]
) -> None:
    _lab(*words)
    [command] = became
    place = list(command).index("root@192.0.2.7")
    assert command[0] == "ssh"
    assert "HostKeyAlias=minimal" in command
    assert list(command[place + 1 :]) == remote


def test_a_machine_that_was_never_reached_is_told(state: Path, became: list[Sequence[str]]) -> None:
    (state / "machine.json").unlink()
    with pytest.raises(LabError, match=r"^minimal: no machine was reached from here yet; \./lab up makes one"):
        _lab("ssh")
    assert became == []


def test_what_was_remembered_and_cannot_be_read_is_told(state: Path) -> None:
    (state / "machine.json").write_text("{", encoding="utf-8")
    with pytest.raises(LabError, match=r"machine\.json: cannot be read; delete it, and \./lab up writes it anew$"):
        _lab("ssh")


def test_the_credentials_lead_through_the_tailnet_and_only_their_owner_reads_them(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(infra.kubeconfig, "run", lambda *_words, **_limits: Completed(0, K3S, ""))
    _lab("kubeconfig")
    file = state / "kubeconfig"
    assert capsys.readouterr().out == f"export KUBECONFIG={file}\n"
    _lab("kubeconfig", "--json")
    assert json.loads(capsys.readouterr().out) == {"lab": "minimal", "kubeconfig": str(file)}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert yaml.safe_load(file.read_text()) == {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "minimal",
                "cluster": {"server": "https://minimal.tail1a2b3c.ts.net:6443", "certificate-authority-data": "Y2E="},
            }
        ],
        "users": [{"name": "minimal", "user": {"client-certificate-data": "Y2VydA==", "client-key-data": "a2V5"}}],
        "contexts": [
            {"name": "minimal", "context": {"cluster": "minimal", "user": "minimal", "namespace": "ai-lab"}},
        ],
        "current-context": "minimal",
    }


@pytest.mark.parametrize("text", ["", "canary", "clusters: []", "{"])
def test_what_is_no_kubeconfig_is_told_and_not_shown(state: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(infra.kubeconfig, "run", lambda *_words, **_limits: Completed(0, text, ""))
    with pytest.raises(
        LabError, match=r"^/etc/rancher/k3s/k3s\.yaml: holds no credentials; \./lab logs --unit k3s"
    ) as caught:
        _lab("kubeconfig")
    assert caught.value.__context__ is None
    assert not (state / "kubeconfig").exists()


@pytest.fixture
def gpu_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be the operator of this repository's own lab, with a cluster that is named and answers."""
    monkeypatch.setenv("KUBECONFIG", "mine")
    monkeypatch.setattr(infra.logs, "require_cluster", lambda: None)


@pytest.mark.usefixtures("gpu_lab")
@pytest.mark.parametrize(
    ("words", "command"),
    [
        (("litellm",), ["--namespace=ai-lab", "deployment/litellm"]),
        (("node-exporter",), ["--namespace=gpu-lab-system", "daemonset/node-exporter"]),
    ],
)
def test_a_parts_words_come_from_the_cluster(
    became: list[Sequence[str]], words: tuple[str, ...], command: list[str]
) -> None:
    _lab("logs", "--lab", "gpu-lab", *words)
    assert became == [["kubectl", "logs", *command, "--all-containers", "--prefix", "--tail=100"]]


@pytest.mark.parametrize("named", ["", None], ids=["empty", "not set"])
def test_where_no_cluster_is_named_a_parts_words_come_from_the_labs_machine_by_ssh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, became: list[Sequence[str]], named: str | None
) -> None:
    monkeypatch.setenv("KUBECONFIG", named or "")
    if named is None:
        monkeypatch.delenv("KUBECONFIG")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    Reached(address="192.0.2.7", identity=Path("key")).remember(tmp_path / "gpu-lab" / "gpu-lab")
    _lab("logs", "--lab", "gpu-lab", "litellm", "--follow")
    [command] = became
    assert (command[0], command[-2]) == ("ssh", "root@192.0.2.7")
    assert command[-1] == (
        "k3s kubectl logs --namespace=ai-lab deployment/litellm --all-containers --prefix --tail=100 --follow"
    )


@pytest.mark.usefixtures("gpu_lab")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("litelm",), "litelm: gpu-lab has no such part; did you mean litellm?"),
        ((), "logs: name a part of the lab, or a unit of its machine by --unit; one of the two"),
        (("litellm", "--unit", "k3s"), "logs: name a part of the lab, or a unit of its machine by --unit"),
    ],
)
def test_logs_of_nothing_or_of_what_is_not_there_are_refused(
    became: list[Sequence[str]], words: tuple[str, ...], message: str
) -> None:
    with pytest.raises(LabError) as refusal:
        _lab("logs", "--lab", "gpu-lab", *words)
    assert str(refusal.value).startswith(message)
    assert became == []


HOSTS = ["grafana", "litellm", "openwebui", "phoenix"]


def test_tailscale_services_need_only_their_urls(capsys: pytest.CaptureFixture[str]) -> None:
    _lab("names", "--lab", "gpu-lab")
    urls = [f"https://{host}.example-tailnet.ts.net" for host in HOSTS]
    assert capsys.readouterr() == ("".join(f"{url}\n" for url in urls), "")


@pytest.fixture
def with_hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be the operator of the same lab with names in a hosts file."""
    text = (infra.labs.LABS / "gpu-lab.toml").read_text(encoding="utf-8") + '\n[web]\nexposure = "hosts"\n'
    (tmp_path / "gpu-lab.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(infra.labs, "LABS", tmp_path)


@pytest.mark.usefixtures("with_hosts")
def test_names_of_a_hosts_file_are_lines_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    _lab("names", "--address", "100.101.102.103")
    out, err = capsys.readouterr()
    assert out == "".join(f"100.101.102.103 {host}.gpu-lab.example-tailnet.ts.net\n" for host in HOSTS)
    assert err == "Add these lines to the hosts file of every machine that uses the lab:\n"


@pytest.mark.usefixtures("with_hosts")
@pytest.mark.parametrize("address", ["192.0.2.7", "gpu-lab", "fd7a:115c:a1e0::1"])
def test_an_address_outside_of_every_tailnet_is_refused(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(LabError, match=f"^{address}: is no IPv4 address of a tailnet"):
        _lab("names", "--address", address)
    assert capsys.readouterr().out == ""
