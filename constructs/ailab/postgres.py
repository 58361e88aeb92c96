"""PostgreSQL: one server, and for each program that stores something a role and a database of its own."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from typing import Final, Protocol

from constructs import Construct

from ailab.images import POSTGRES
from ailab.network import connect
from ailab.part import Part
from ailab.secrets import POSTGRES_SUPERUSER, DatabaseSecrets, SecretKey
from ailab.spec.postgres import PostgresSpec
from ailab.spec.values import gib
from ailab.workload import Claim, Container, EnvValue, Exec, Files, Mount, Port, Probes, Resources, Workload, wait_for

PORT: Final = Port("postgres", 5432)
ASKED: Final = "/tmp/roles-were-asked-for"  # noqa: S108 - path in the image
ASKED_MINUTES: Final = 10  # roles.sh asks each 15 s, and gives up on a server that hangs within 6 minutes


class Database(Protocol):
    """A PostgreSQL server, as those that store in it see it: the lab's own, or `ailab.existing.ExistingPostgres`."""

    def gives_database(self, part: Part, name: str, secrets: DatabaseSecrets, why: str) -> EnvValue:
        """Let a part use its database.

        Args:
            part: what stores something.
            name: of its database on a server of the lab's own.
            secrets: how it gets in.
            why: the reason of the edge.

        Returns:
            The database's URL, for an environment variable of the part.

        """


class Postgres(Part):
    """The lab's own server. `gives_database` is the verb: role, database, password, edge and waiting in one."""

    def __init__(self, scope: Construct, id_: str, spec: PostgresSpec, *, storage_class: str | None = None) -> None:
        self._roles: dict[str, SecretKey] = {}
        self._name = id_
        data = Claim(name=f"{id_}-data", size=spec.volume, storage_class=storage_class)
        server = Container(
            name="postgres",
            image=POSTGRES,
            args=("-c", f"max_connections={spec.max_connections}", "-c", f"shared_buffers={_shared_buffers(spec)}"),
            env={"POSTGRES_PASSWORD": POSTGRES_SUPERUSER},
            ports=(PORT,),
            mounts=(Mount(volume=data, path="/var/lib/postgresql"),),
            # By address: while the image initialises, its server listens on the socket alone.
            probes=Probes(
                ready=Exec(command=("pg_isready", "-h", "127.0.0.1", "-U", "postgres", "-d", "postgres")),
                start_seconds=150,
            ),
            resources=Resources(cpu="150m", memory="512Mi", memory_limit=spec.memory),
        )
        super().__init__(scope, id_, Workload(name=id_, main=server, beside=(self._keeper(),), stop_seconds=60))

    def gives_database(self, part: Part, name: str, secrets: DatabaseSecrets, why: str) -> str:
        """Give a part a role and a database, both called `name`.

        The part gets the password as `DATABASE_PASSWORD`, waits for the server before it starts, and may connect.

        Returns:
            The database's URL, for an environment variable of the part: Kubernetes puts the password into it.

        """
        self._roles[name] = secrets.password
        self.workload = replace(self.workload, beside=(self._keeper(),))
        host = self.workload.name
        part.workload = part.workload.with_env({"DATABASE_PASSWORD": secrets.password}).with_before(
            wait_for(host, PORT.number, part.workload.main.image)
        )
        connect(part.endpoint, self.endpoint, PORT.number, why)
        return f"postgresql://{name}:$(DATABASE_PASSWORD)@{host}:{PORT.number}/{name}"

    def _keeper(self) -> Container:
        """Make the container beside the server that brings roles and databases to what the lab wants.

        The image's own hook runs on an empty volume alone, so it would miss a program that comes later and a password
        that changes. The pod is ready, and the Service open, once this container has brought them. It brings again what
        is gone later, and counts as stuck where it has not asked for that for a while.
        """
        script = resources.files("ailab").joinpath("scripts/roles.sh").read_text(encoding="utf-8")
        passwords = {f"PASSWORD_{name}": password for name, password in self._roles.items()}
        return Container(
            name="roles",
            image=POSTGRES,
            command=("bash", "/etc/roles/roles.sh"),
            args=tuple(self._roles),
            env={"PGPASSWORD": POSTGRES_SUPERUSER, **passwords},
            mounts=(Mount(volume=Files(name=f"{self._name}-roles", content={"roles.sh": script}), path="/etc/roles"),),
            probes=Probes(
                ready=Exec(command=("test", "-e", "/tmp/roles-are-there")),  # noqa: S108 - path in the image
                alive=Exec(command=("bash", "-c", f'test -n "$(find {ASKED} -mmin -{ASKED_MINUTES})"')),
                start_seconds=180,
            ),
            resources=Resources(cpu="10m", memory="32Mi", memory_limit="128Mi"),
        )


def _shared_buffers(spec: PostgresSpec) -> str:
    """Give the server's own cache an eighth of the pod's memory.

    PostgreSQL advises a quarter of a machine (https://www.postgresql.org/docs/18/runtime-config-resource.html); here
    the rest is also that of up to a thousand connections.
    """
    return f"{round(gib(spec.memory) * 1024 / 8)}MB"  # PostgreSQL's MB are MiB
