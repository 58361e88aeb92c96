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
from ailab.workload import Claim, Container, Files, Mount, Port, Probes, Resources, Tcp, Workload

HTTP: Final = Port("http", 7474)
BOLT: Final = Port("bolt", 7687)
# The entrypoint copies /conf over the image's configuration at each start; an empty volume in its place would hide the
# image's hardening while the pod is Ready.
CONFIG: Final = "/conf"


class Neo4j(Part):
    """The graph database. Community edition: one server, one password, dumps while it does not run."""

    def __init__(
        self, scope: Construct, id_: str, spec: GraphSpec, backup: BackupSpec, *, storage_class: str | None = None
    ) -> None:
        data = Mount(
            volume=Claim(name=f"{id_}-data", size=spec.volume, storage_class=storage_class),
            path="/data",
        )
        resources = Resources(cpu="100m", memory=spec.memory, memory_limit=spec.memory)
        container = Container(
            name="neo4j",
            image=NEO4J,
            env={
                # Every other NEO4J_* variable is read as a setting, and an unknown one stops the server.
                "GRAPH_PASSWORD": NEO4J_PASSWORD,
                "NEO4J_AUTH": "neo4j/$(GRAPH_PASSWORD)",
            },
            ports=(HTTP, BOLT),
            mounts=(
                data,
                Mount(volume=Files(name=id_, content={"neo4j.conf": _configuration(spec)}), path=CONFIG),
            ),
            probes=Probes(ready=Tcp(port=BOLT.number), start_seconds=600),
            resources=resources,
        )
        dump = dumping("neo4j", backup, image=NEO4J, resources=resources, storage_class=storage_class, data=(data,))
        super().__init__(scope, id_, Workload(name=id_, main=container, before=(dump,), stop_seconds=120))


def _configuration(spec: GraphSpec) -> str:
    settings = {
        "server.default_listen_address": "0.0.0.0",  # noqa: S104 - the pod's own address
        "server.memory.heap.initial_size": spec.heap,
        "server.memory.heap.max_size": spec.heap,
        "server.memory.pagecache.size": spec.page_cache,
        "server.directories.logs": "/logs",
        "server.directories.import": "/var/lib/neo4j/import",
        "dbms.security.auth_enabled": "true",
        "dbms.usage_report.enabled": "false",
        "server.jvm.additional": "-Dlog4j2.disable.jmx=true",
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())
