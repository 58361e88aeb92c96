import base64
from pathlib import Path

import pytest
import yaml

from infra import process
from testnode import credentials
from testnode.certificates import Authority, KeyPair, Usage
from testnode.layout import Layout

pytestmark = pytest.mark.needs("openssl")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.create(tmp_path, "ca")


def _openssl(*words: str | Path) -> str:
    return process.run(("openssl", *words), timeout=10).stdout


def _verified(pair: KeyPair, authority: Authority, purpose: str) -> bool:
    words = ("verify", "-purpose", purpose, "-CAfile", authority.own.certificate, pair.certificate)
    return process.run(("openssl", *words), timeout=10, check=False).status == 0


@pytest.mark.parametrize(
    ("usage", "as_server", "as_client"), [(Usage.SERVER, True, False), (Usage.CLIENT, False, True)]
)
def test_a_certificate_holds_for_its_own_purpose_only(
    authority: Authority, usage: Usage, *, as_server: bool, as_client: bool
) -> None:
    pair = authority.issue("one", "/CN=one", usage)
    assert (_verified(pair, authority, "sslserver"), _verified(pair, authority, "sslclient")) == (as_server, as_client)


def test_another_authority_does_not_vouch_for_it(authority: Authority, tmp_path: Path) -> None:
    other = Authority.create(tmp_path / "other", "ca")
    assert not _verified(authority.issue("one", "/CN=one", Usage.SERVER), other, "sslserver")


def test_a_server_answers_to_all_its_names_and_addresses(authority: Authority) -> None:
    pair = authority.issue("one", "/CN=one", Usage.SERVER, ["registry.example", "203.0.113.10"])
    text = _openssl("x509", "-noout", "-ext", "subjectAltName", "-in", pair.certificate)
    assert text.splitlines()[1].strip() == "DNS:registry.example, IP Address:203.0.113.10"


def test_keys_are_readable_by_their_owner_only(authority: Authority) -> None:
    pair = authority.issue("one", "/CN=one", Usage.CLIENT)
    assert [oct(key.stat().st_mode & 0o777) for key in (authority.own.key, pair.key)] == ["0o600", "0o600"]


def test_each_component_has_the_name_that_rbac_knows(tmp_path: Path) -> None:
    layout = Layout(3, tmp_path, tmp_path)
    credentials.create(layout)
    subjects = {
        client.name: _openssl("x509", "-noout", "-subject", "-in", layout.tls / f"{client.name}.crt").strip()
        for client in credentials.CLIENTS
    }
    assert subjects == {
        "admin": "subject=O = system:masters, CN = system:admin",
        "controllers": "subject=CN = system:kube-controller-manager",
        "scheduler": "subject=CN = system:kube-scheduler",
        "proxy": "subject=CN = system:kube-proxy",
        "kubelet": "subject=O = system:nodes, CN = system:node:lab-node",
    }


def test_a_kubeconfig_holds_all_that_it_needs(tmp_path: Path) -> None:
    layout = Layout(3, tmp_path, tmp_path)
    credentials.create(layout)
    config = yaml.safe_load(layout.kubeconfig.read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    assert cluster["server"] == "https://10.255.3.2:6443"
    assert base64.b64decode(cluster["certificate-authority-data"]) == (layout.tls / "ca.crt").read_bytes()
    assert base64.b64decode(user["client-certificate-data"]) == (layout.tls / "admin.crt").read_bytes()
    assert base64.b64decode(user["client-key-data"]) == (layout.tls / "admin.key").read_bytes()
