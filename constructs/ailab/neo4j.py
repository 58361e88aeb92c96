"""Neo4j: graph and documents, reached by programs inside the lab."""

from __future__ import annotations

from typing import Final

from constructs import Construct

from ailab.dumps import dumping
from ailab.images import NEO4J
from ailab.part import Part
from ailab.secrets import NEO4J_PASSWORD
from ailab.spec.backup import BackupSpec
from ailab.spec.graph import GraphSpec
from ailab.spec.values import gib
from ailab.workload import Claim, Container, Mount, Port, Probes, Resources, Scratch, Tcp, Workload

HTTP: Final = Port("http", 7474)
BOLT: Final = Port("bolt", 7687)
CONFIG: Final = "/var/lib/neo4j/conf"


class Neo4j(Part):
    """The graph database. Community edition: one server, one password, dumps while it does not run."""

    def __init__(
        self, scope: Construct, id_: str, spec: GraphSpec, backup: BackupSpec, *, storage_class: str | None = None
    ) -> None:
        data = Mount(
            volume=Claim(name=f"{id_}-data", size=spec.volume, storage_class=storage_class),
            path="/data",
        )
        configuration = Scratch(name="configuration")
        resources = Resources(cpu="100m", memory=spec.memory, memory_limit=spec.memory)
        # The entrypoint adds settings to the image's own configuration at each start, and the root is read-only. The
        # image's must be there: without it the server runs too, but its Java lacks the flags that it is meant to have.
        seed = Container(
            name="seed",
            image=NEO4J,
            command=("cp", "-dR", f"{CONFIG}/.", "/seeded"),
            mounts=(Mount(volume=configuration, path="/seeded"),),
            unmounted=(CONFIG,),
            resources=resources,
        )
        container = Container(
            name="neo4j",
            image=NEO4J,
            env={
                # Every other NEO4J_* variable is read as a setting, and an unknown one stops the server.
                "GRAPH_PASSWORD": NEO4J_PASSWORD,
                "NEO4J_AUTH": "neo4j/$(GRAPH_PASSWORD)",
                **{_variable(name): value for name, value in _settings(spec).items()},
            },
            ports=(HTTP, BOLT),
            mounts=(data, Mount(volume=configuration, path=CONFIG)),
            probes=Probes(ready=Tcp(port=BOLT.number), start_seconds=600),
            resources=resources,
        )
        dump = dumping("neo4j", backup, image=NEO4J, resources=resources, storage_class=storage_class, data=(data,))
        super().__init__(scope, id_, Workload(name=id_, main=container, before=(seed, dump), stop_seconds=120))


def _variable(setting: str) -> str:
    """Name the variable by which the image's entrypoint takes a setting."""
    return f"NEO4J_{setting.replace('_', '__').replace('.', '_')}"


def _settings(spec: GraphSpec) -> dict[str, str]:
    return {
        "server.default_listen_address": "0.0.0.0",  # noqa: S104 - the pod's own address
        "server.memory.heap.initial_size": _java_size(spec.heap),
        "server.memory.heap.max_size": _java_size(spec.heap),
        "server.memory.pagecache.size": _java_size(spec.page_cache),
        "server.directories.logs": "/logs",
        "dbms.security.auth_enabled": "true",
        "dbms.usage_report.enabled": "false",
        # On, and believing everybody, by default (it warns of that at its start); no proxy stands before it.
        "server.http.x_forward.enabled": "false",
    }


def _java_size(size: str) -> str:
    """Write a size such as "512Mi" or "1Gi" as Java does: "512m", "1g". A tebibyte is "1024g": Neo4j knows no "1t"."""
    mebibytes = round(gib(size) * 1024)
    return f"{mebibytes}m" if mebibytes % 1024 else f"{mebibytes // 1024}g"
