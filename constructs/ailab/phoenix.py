"""Phoenix: traces of every request, with what was asked and answered."""

from __future__ import annotations

from typing import Final

from constructs import Construct

from ailab.images import PHOENIX
from ailab.part import Part
from ailab.postgres import Database
from ailab.secrets import PHOENIX_ACCESS, PHOENIX_ADMIN, PHOENIX_DATABASE, PHOENIX_SESSIONS
from ailab.spec.observability import PhoenixSpec
from ailab.workload import Container, EnvValue, Http, Port, Probes, Resources, Workload

PORT: Final = Port("http", 6006)
TRACES: Final = Port("otlp-grpc", 4317)


class Phoenix(Part):
    """The trace store; the gateway sends to its port 4317, people look at 6006."""

    def __init__(self, scope: Construct, id_: str, spec: PhoenixSpec, *, url: str) -> None:
        container = Container(
            name="phoenix",
            image=PHOENIX,
            env={**_settings(spec, url), **_closed_doors()},
            ports=(PORT, TRACES),
            probes=Probes(
                ready=Http(path="/readyz", port=PORT.number),
                alive=Http(path="/healthz", port=PORT.number),
                start_seconds=300,  # 20-24 s measured; the first start migrates the database
            ),
            resources=Resources(cpu="100m", memory="512Mi", memory_limit=spec.memory),
        )
        super().__init__(scope, id_, Workload(name=id_, main=container))

    def stores_in(self, database: Database) -> None:
        """Keep traces in the database."""
        url = database.gives_database(self, "phoenix", PHOENIX_DATABASE, "traces")
        self.workload = self.workload.with_env({"PHOENIX_SQL_DATABASE_URL": url})


def _settings(spec: PhoenixSpec, url: str) -> dict[str, EnvValue]:
    return {
        "PHOENIX_PORT": str(PORT.number),
        "PHOENIX_GRPC_PORT": str(TRACES.number),
        "PHOENIX_ROOT_URL": url,
        "PHOENIX_ENABLE_AUTH": "true",
        "PHOENIX_SECRET": PHOENIX_SESSIONS,
        "PHOENIX_ADMIN_SECRET": PHOENIX_ACCESS,
        "PHOENIX_DEFAULT_ADMIN_INITIAL_PASSWORD": PHOENIX_ADMIN,
        "PHOENIX_DEFAULT_RETENTION_POLICY_DAYS": str(spec.keep_days),  # left alone, traces are kept for ever
        "HOME": "/tmp",  # noqa: S108 - the root is read-only
    }


def _closed_doors() -> dict[str, EnvValue]:
    """Switch off what reaches out or runs code: the assistant has a shell on the server, on by default (20.26)."""
    return {
        "PHOENIX_TELEMETRY_ENABLED": "false",
        "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
        "PHOENIX_DISABLE_AGENT_ASSISTANT": "true",
        "PHOENIX_ENABLE_MCP_SERVER": "false",
        "PHOENIX_ALLOWED_SANDBOX_PROVIDERS": "NONE",
    }
