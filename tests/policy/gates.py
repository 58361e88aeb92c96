"""All promises over manifests. A gate says in sentences what breaks its promise; of good manifests it says nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from infra.manifests import Object
from tests.policy.budget import budget
from tests.policy.configuration import configuration
from tests.policy.exposure import exposure
from tests.policy.host_access import host_access
from tests.policy.images import images
from tests.policy.injections import injections
from tests.policy.internet import internet
from tests.policy.jobs import jobs
from tests.policy.names import names
from tests.policy.network import network
from tests.policy.pod_security import pod_security
from tests.policy.probes import probes
from tests.policy.pruning import pruning
from tests.policy.publication import publication
from tests.policy.rbac import rbac
from tests.policy.references import references
from tests.policy.resources import resources
from tests.policy.secret_references import secret_references
from tests.policy.secret_values import secret_values
from tests.policy.strategy import strategy
from tests.policy.volumes import volumes
from tests.policy.waiting import waiting

Gate = Callable[[Sequence[Object]], Iterator[str]]

GATES: Final[tuple[Gate, ...]] = (
    budget,
    configuration,
    exposure,
    host_access,
    images,
    injections,
    internet,
    jobs,
    names,
    network,
    pod_security,
    probes,
    pruning,
    publication,
    rbac,
    references,
    resources,
    secret_references,
    secret_values,
    strategy,
    volumes,
    waiting,
)
