"""Dumps: what brings a database back after a mistake. Its volume alone keeps the mistake."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Final

from constructs import Construct

from ailab.images import POSTGRES, Image
from ailab.network import connect
from ailab.part import Task, Volume
from ailab.postgres import Postgres
from ailab.secrets import POSTGRES_SUPERUSER
from ailab.spec.backup import BackupSpec
from ailab.workload import Claim, Container, EnvValue, Files, Mount, Resources, Workload

EVERY_NIGHT: Final = "15 3 * * *"
# A lab that was parked at night dumps when it is back.
LATE_SECONDS: Final = 23 * 3600
SCRIPTS: Final = "/etc/dumps"
FOLDER: Final = "/backups"


def dumping(
    database: str,
    spec: BackupSpec,
    *,
    image: Image,
    resources: Resources,
    storage_class: str | None,
    env: Mapping[str, EnvValue] | None = None,
    data: tuple[Mount, ...] = (),
) -> Container:
    """Make the container that dumps a database and ends.

    Its first argument is what it does: `./lab restore` runs it with others (`list`, `restore <dump>`).

    Args:
        database: names its script, its files and its volume.
        spec: the section of the lab file.
        image: that of the database: its tools have its version.
        resources: of the container.
        storage_class: of the dumps, where the section says none.
        env: how to reach the database.
        data: volumes of the database, where the dump is made from its files.

    """
    folder = Claim(name=f"{database}-dumps", size=spec.volume, storage_class=spec.storage_class or storage_class)
    names = ("dumps.sh", f"{database}_dumps.sh")
    scripts = Files(name=f"{database}-dump-scripts", content={name: _script(name) for name in names})
    return Container(
        name="dump",
        image=image,
        command=("bash", f"{SCRIPTS}/{database}_dumps.sh"),
        args=("dump", str(spec.keep_days)),
        env=env or {},
        mounts=(*data, Mount(volume=folder, path=FOLDER), Mount(volume=scripts, path=SCRIPTS)),
        resources=resources,
    )


class PostgresDumps(Task):
    """Dumps every database every night, and once at first, so that it is known to work.

    The volume is its own, not the server's: whoever takes the server's data away leaves the dumps.
    """

    def __init__(
        self, scope: Construct, id_: str, spec: BackupSpec, *, postgres: Postgres, storage_class: str | None = None
    ) -> None:
        container = dumping(
            "postgres",
            spec,
            image=POSTGRES,
            resources=Resources(cpu="50m", memory="64Mi", memory_limit="512Mi"),
            storage_class=storage_class,
            env={"PGHOST": postgres.workload.name, "PGUSER": "postgres", "PGPASSWORD": POSTGRES_SUPERUSER},
        )
        workload = Workload(name=id_, main=container)
        super().__init__(scope, id_, workload, schedule=EVERY_NIGHT, late_seconds=LATE_SECONDS)
        for claim in workload.claims:
            Volume(self, claim, self.home, self.labels)
        connect(self.endpoint, postgres.endpoint, postgres.listens, "dumps every database")


def _script(name: str) -> str:
    return resources.files("ailab").joinpath(f"scripts/{name}").read_text(encoding="utf-8")
