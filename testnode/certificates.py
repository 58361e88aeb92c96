"""A certificate authority for one test run, by openssl."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address
from pathlib import Path

from infra import process

DAYS = 365
CURVE = ("-pkeyopt", "ec_paramgen_curve:prime256v1")


class Usage(Enum):
    """What a certificate may be shown for."""

    SERVER = "serverAuth"
    CLIENT = "clientAuth"


@dataclass(frozen=True)
class KeyPair:
    """A certificate and its private key, both PEM files."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class Authority:
    """Signs certificates into the folder that its own lies in."""

    own: KeyPair

    @classmethod
    def create(cls, folder: Path, name: str) -> Authority:
        """Make a new self-signed authority: `<name>.crt` and `<name>.key` in the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        own = _pair(folder, name)
        _request(own, f"/CN={name}", "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")
        return cls(own)

    @classmethod
    def of(cls, folder: Path, name: str) -> Authority:
        """Return the authority of that name that lies in the folder; make it where there is none."""
        own = _pair(folder, name)
        return cls(own) if own.key.exists() else cls.create(folder, name)

    def issue(self, name: str, subject: str, usage: Usage, hosts: Sequence[str] = ()) -> KeyPair:
        """Return a new key with its certificate: `<name>.crt` and `<name>.key`.

        Args:
            name: of the two files.
            subject: in openssl's form, e.g. `/O=system:masters/CN=admin`.
            usage: whether it proves a server or a client.
            hosts: names and IP addresses that a server answers to.

        """
        pair = _pair(self.own.certificate.parent, name)
        extensions = ["basicConstraints=CA:FALSE", "keyUsage=digitalSignature", f"extendedKeyUsage={usage.value}"]
        if hosts:
            extensions.append("subjectAltName=" + ",".join(map(_alternative_name, hosts)))
        _request(pair, subject, *extensions, issuer=self.own)
        return pair


def private_key(target: Path) -> None:
    """Write a new private key that no certificate belongs to, in the older form that names its algorithm.

    The API server finds the public half in that form alone.
    """
    process.run(("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", target), timeout=30)


def _pair(folder: Path, name: str) -> KeyPair:
    return KeyPair(folder / f"{name}.crt", folder / f"{name}.key")


def _alternative_name(host: str) -> str:
    try:
        ip_address(host)
    except ValueError:
        return f"DNS:{host}"
    return f"IP:{host}"


def _request(pair: KeyPair, subject: str, *extensions: str, issuer: KeyPair | None = None) -> None:
    signer = ("-CA", issuer.certificate, "-CAkey", issuer.key) if issuer else ()
    added = (word for extension in extensions for word in ("-addext", extension))
    new_key = ("-newkey", "ec", *CURVE, "-noenc", "-keyout", pair.key)
    facts = ("-subj", subject, "-days", str(DAYS), *signer, *added)
    process.run(("openssl", "req", "-x509", *new_key, *facts, "-out", pair.certificate), timeout=30)
