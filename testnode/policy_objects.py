"""The objects that decide who may talk to whom, as the API server gives them."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from typing import Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class _Object(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class Metadata(_Object):
    """Name and labels; cluster-scoped objects have no namespace."""

    name: str
    namespace: str = ""
    labels: dict[str, str] = {}


class Requirement(_Object):
    """One line of a selector's matchExpressions."""

    key: str
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: tuple[str, ...] = ()

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Return whether the labels meet it."""
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels


class Selector(_Object):
    """A label selector; an empty one selects everything."""

    match_labels: dict[str, str] = {}
    match_expressions: tuple[Requirement, ...] = ()

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Return whether an object with these labels is selected."""
        return self.match_labels.items() <= labels.items() and all(
            requirement.holds(labels) for requirement in self.match_expressions
        )


class AddressBlock(_Object):
    """Addresses, without those in `excluded`."""

    cidr: IPv4Network | IPv6Network
    excluded: tuple[IPv4Network | IPv6Network, ...] = Field(default=(), alias="except")


class Peer(_Object):
    """The other end of a permitted connection: a block of addresses, or pods."""

    ip_block: AddressBlock | None = None
    pod_selector: Selector | None = None
    namespace_selector: Selector | None = None


class PolicyPort(_Object):
    """A permitted port: a number, a range that starts there, a name, or every port of the protocol."""

    protocol: str = "TCP"
    port: int | str | None = None
    end_port: int | None = None


class Rule(_Object):
    """One entry of `ingress` or `egress`; without peers it permits all, without ports every port."""

    peers: tuple[Peer, ...] = Field(default=(), validation_alias=AliasChoices("from", "to"))
    ports: tuple[PolicyPort, ...] = ()


class PolicySpec(_Object):
    """What a policy says."""

    pod_selector: Selector = Selector()
    policy_types: tuple[Literal["Ingress", "Egress"], ...]
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()


class NetworkPolicy(_Object):
    """A NetworkPolicy of networking.k8s.io/v1."""

    metadata: Metadata
    spec: PolicySpec


class Namespace(_Object):
    """A Namespace; only its labels matter here."""

    metadata: Metadata


class ContainerPort(_Object):
    """A port that a container declares."""

    container_port: int
    name: str = ""
    protocol: str = "TCP"


class Container(_Object):
    """A container; only its ports matter here."""

    ports: tuple[ContainerPort, ...] = ()


class PodSpec(_Object):
    """What a pod asks for."""

    containers: tuple[Container, ...] = ()
    host_network: bool = False


class PodStatus(_Object):
    """Where a pod is in its life."""

    phase: str = ""
    pod_ip: str = Field(default="", alias="podIP")


class Pod(_Object):
    """A Pod."""

    metadata: Metadata
    spec: PodSpec
    status: PodStatus

    @property
    def has_own_address(self) -> bool:
        """Whether it is on the pod network, with an address that no other pod has."""
        return bool(
            self.status.pod_ip and not self.spec.host_network and self.status.phase not in {"Succeeded", "Failed"}
        )


class Cluster(_Object):
    """All objects at one moment."""

    pods: tuple[Pod, ...]
    namespaces: tuple[Namespace, ...]
    policies: tuple[NetworkPolicy, ...]
