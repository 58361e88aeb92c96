"""What is there already: a PostgreSQL server and an ingress controller that the lab uses but does not make."""

from __future__ import annotations

from ailab.network import connect, controller_in, database_at
from ailab.part import Part
from ailab.publication import WebRoute, publish
from ailab.secrets import DatabaseSecrets, SecretKey
from ailab.spec.postgres import ExistingPostgresSpec


class ExistingPostgres:
    """A server that somebody else runs; each program gets in by a URL that the lab's owner gives as a secret."""

    def __init__(self, spec: ExistingPostgresSpec) -> None:
        self._port, self._outside = spec.port, database_at(spec.network)

    def gives_database(self, part: Part, _name: str, secrets: DatabaseSecrets, why: str) -> SecretKey:
        """Let a part connect to the server; it waits until its URL is given, but not for the server."""
        connect(part.endpoint, self._outside, self._port, why)
        return secrets.url


class ExistingIngress:
    """A controller that somebody else runs: `publishes` adds a route of its class."""

    def __init__(self, class_name: str, namespace: str) -> None:
        """Know the controller.

        Args:
            class_name: its IngressClass.
            namespace: where its pods run, all of which may reach what is published.

        """
        self.class_name = class_name
        self._outside = controller_in(namespace)

    def publishes(self, *routes: WebRoute) -> None:
        """Open services to browsers: an Ingress and an edge each."""
        for route in routes:
            connect(self._outside, route.service.endpoint, route.service.listens, "browsers' requests")
            publish(route, self.class_name, {})
