"""PostgreSQL: the lab's own server, or one that is there already."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from ailab.spec.faults import fault
from ailab.spec.values import Network, Section, Size

WIDEST: Final = 16  # bits of the address that must be fixed
# It hands out what the machine was made with, and no database lives there (RFC 3927).
METADATA: Final = ipaddress.ip_network("169.254.0.0/16")


def _few_addresses(value: str) -> str:
    network = ipaddress.ip_network(value)
    if network.prefixlen < WIDEST:
        raise fault(value, "is more than a database needs", f"give at most a /{WIDEST}, best one address with /32")
    if network.overlaps(METADATA):
        raise fault(value, "is where clouds keep what they know of a machine", "give the database's own address")
    return value


class ExistingPostgresSpec(Section):
    """A PostgreSQL server that is there already; the lab then makes none, and no dumps of one.

    Whoever runs the server makes a database for LiteLLM, one for Open WebUI and one for Phoenix, each owned by a role
    of its own, and keeps backups. Their URLs hold passwords, so they stand in `.env` (see `.env.example`), never here:
    `./lab secrets apply` takes them into the cluster, and programs wait until it has. A certificate authority that the
    images do not know cannot be given: with `sslmode=require` in the URL the connection is encrypted all the same.
    """

    network: Annotated[Network, AfterValidator(_few_addresses)] = Field(
        description="addresses of the server: no policy knows host names", examples=["10.20.0.5/32"]
    )
    port: int = Field(5432, strict=True, ge=1, le=65535, description="port of the server", examples=[5432])


class PostgresSpec(Section):
    """PostgreSQL: one server, a role and a database for each program."""

    volume: Size = Field("20Gi", description="space for the databases", examples=["20Gi"])
    memory: Size = Field("2Gi", description="memory limit of the pod", examples=["2Gi"])
    max_connections: int = Field(200, strict=True, ge=50, le=1000, description="connections at once", examples=[200])
    existing: ExistingPostgresSpec | None = Field(None, description="a server that is there already")
