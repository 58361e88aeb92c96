"""The small types that lab files are made of: names, sizes, addresses. Each says what it refuses and the repair."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ailab.spec.faults import fault


class Section(BaseModel):
    """Base of every table of a lab file: it cannot be changed, and a key that nobody reads is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# A Kubernetes name that is also one label of a host name (RFC 1123).
_LABEL: Final = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
# What may follow `model =` in a gateway request; no '/', so that an alias is never taken for a provider's prefix.
_ALIAS: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SIZE: Final = re.compile(r"([0-9]+)(Mi|Gi|Ti)")
# The usual other ways to write a size: "20 GB", "20G", "20gib".
_NEARLY_SIZE: Final = re.compile(r"\s*([1-9][0-9]*)\s*([MGT])i?B?\s*", re.IGNORECASE)
_DURATION: Final = re.compile(r"[1-9][0-9]*(s|m|h|d)")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
# No port: what leads out of the lab is HTTPS on its own port alone.
_WEB_SERVER: Final = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+")

HOST_LABEL_LENGTH: Final = 63  # RFC 1035
LABEL_LENGTH: Final = 40  # the longest name derived from it, "<name>-ingress-controller", stays below 63
GIB: Final = {"Mi": 1 / 1024, "Gi": 1.0, "Ti": 1024.0}


def _label(value: str) -> str:
    if not _LABEL.fullmatch(value) or len(value) > LABEL_LENGTH:
        raise fault(
            value,
            "is no name",
            f"use small letters, digits and '-', begin with a letter, at most {LABEL_LENGTH} characters",
        )
    return value


def is_kubernetes_own(namespace: str) -> bool:
    """Whether a namespace is not for labs: a lab denies all traffic but its own, which in kube-system ends the DNS."""
    return namespace == "default" or namespace.startswith("kube-")


def _namespace(value: str) -> str:
    if is_kubernetes_own(value):
        raise fault(value, "is Kubernetes' own", 'give a namespace that only the lab uses, for example "ai-lab"')
    return value


def _tailnet(value: str) -> str:
    if value.endswith(".ts.net"):
        own = re.split(r"[./]", value.removesuffix(".ts.net"))[-1]
        raise fault(value, "is the whole domain", f'give only the tailnet\'s own part, "{own}"')
    if not _LABEL.fullmatch(value) or len(value) > HOST_LABEL_LENGTH:
        raise fault(
            value,
            "is no tailnet name",
            'give the part before .ts.net that Tailscale\'s DNS page shows, such as "tail1a2b3c"',
        )
    return value


def _alias(value: str) -> str:
    if not _ALIAS.fullmatch(value):
        raise fault(value, "is no model alias", "use letters, digits, '.', '_' and '-', for example \"llama3.1\"")
    return value


def _size_from(least: str) -> Callable[[str], str]:
    """Make the check of a size, which is none below the least one."""

    def check(value: str) -> str:
        if not _SIZE.fullmatch(value):
            nearly = _NEARLY_SIZE.fullmatch(value)
            meant = f'did you mean "{nearly[1]}{nearly[2].upper()}i"?' if nearly else None
            raise fault(value, "is no size", meant or 'give a number and Mi, Gi or Ti, for example "20Gi"')
        if gib(value) < gib(least):
            raise fault(value, "is too small", f"give at least {least}")
        return value

    return check


def at_least(least: str, why: str) -> Callable[[str], str]:
    """Make the check of a size that must not be smaller than another."""

    def check(value: str) -> str:
        if gib(value) < gib(least):
            raise fault(value, f"is too small: {why}", f"give at least {least}")
        return value

    return check


def at_most(most: str, why: str) -> Callable[[str], str]:
    """Make the check of a size that must not be larger than another."""

    def check(value: str) -> str:
        if gib(value) > gib(most):
            raise fault(value, f"is too large: {why}", f"give at most {most}")
        return value

    return check


def _duration(value: str) -> str:
    if not _DURATION.fullmatch(value):
        raise fault(value, "is no duration", 'give a number and s, m, h or d, for example "30d"')
    return value


def _email(value: str) -> str:
    if "$" in value:
        # It is a variable of a pod, where Kubernetes puts the value of another in the place of "$(NAME)":
        # https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
        raise fault(value, 'has a "$", with which Kubernetes begins variables', "give an address without it")
    if not _EMAIL.fullmatch(value):
        raise fault(value, "is no e-mail address", 'give one such as "admin@gpu-lab.example"')
    return value


def _web_server(value: str) -> str:
    if not _WEB_SERVER.fullmatch(value):
        raise fault(value, "is no address of a web server", 'give https:// and a host, for example "https://ntfy.sh"')
    return value


def _network(value: str) -> str:
    try:
        network = ipaddress.IPv4Network(value, strict=False)
    except ValueError:
        raise fault(value, "is no IPv4 network", 'give an address and a prefix, for example "10.42.0.0/16"') from None
    if str(network) != value:
        raise fault(value, "is not how the network is written", f'did you mean "{network}"?')
    return value


def _address(value: str) -> str:
    try:
        return str(ipaddress.IPv4Address(value))
    except ValueError:
        raise fault(value, "is no IPv4 address", 'give four numbers, for example "10.43.0.80"') from None


def gib(size: str) -> float:
    """Convert a size such as "20Gi" to GiB; 0 for what is no size."""
    match = _SIZE.fullmatch(size)
    return int(match[1]) * GIB[match[2]] if match else 0.0


# The title is what docs/spec.md and editors call the type.
Label = Annotated[str, AfterValidator(_label), Field(title="name (small letters, digits, -)")]
Namespace = Annotated[Label, AfterValidator(_namespace)]
Tailnet = Annotated[str, AfterValidator(_tailnet), Field(title="name of a tailnet")]
Alias = Annotated[str, AfterValidator(_alias), Field(title="model alias (letters, digits, . _ -)")]
Size = Annotated[str, AfterValidator(_size_from("1Gi")), Field(title="size (Mi, Gi or Ti)")]
SmallSize = Annotated[str, AfterValidator(_size_from("1Mi")), Field(title="size (Mi, Gi or Ti)")]
Duration = Annotated[str, AfterValidator(_duration), Field(title="duration (s, m, h or d)")]
Email = Annotated[str, AfterValidator(_email), Field(title="e-mail address")]
WebServer = Annotated[str, AfterValidator(_web_server), Field(title="address of a web server (https://)")]
Network = Annotated[str, AfterValidator(_network), Field(title="IPv4 network")]
Address = Annotated[str, AfterValidator(_address), Field(title="IPv4 address")]
