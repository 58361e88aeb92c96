"""LiteLLM: one OpenAI-compatible address for local and paid models, with a row in PostgreSQL for each request."""

from __future__ import annotations

from importlib import resources
from typing import Final

from constructs import Construct

from ailab.configuration import yaml_text
from ailab.images import LITELLM
from ailab.inference import GpuInferenceService
from ailab.network import HTTPS, INTERNET, connect
from ailab.part import Part
from ailab.phoenix import TRACES, Phoenix
from ailab.postgres import Database
from ailab.publication import IDLE_SECONDS
from ailab.routes import ModelRoute, paid_routes, variables_of
from ailab.secrets import LITELLM_DATABASE, LITELLM_MASTER_KEY, LITELLM_SALT_KEY, PHOENIX_ACCESS
from ailab.spec import parts
from ailab.spec.lab import GatewaySpec
from ailab.spec.providers import ProvidersSpec
from ailab.virtual_keys import VirtualKeys
from ailab.workload import Container, Exec, Files, Http, Mount, Port, Probes, Resources, Workload

PORT: Final = Port("http", 4000)
CONFIG: Final = "/etc/litellm"
LAST_ROWS: Final = "last_rows.py"
# A long answer of a reasoning model takes minutes; LiteLLM's own default is 6,000 s.
ANSWER_SECONDS: Final = 600
# Keys outlast an absence of the database by this. A change of a key by LiteLLM's API is heeded at once all the same.
KEY_SECONDS: Final = 3600
# LiteLLM adds up to 5 s of its own, so that several gateways do not write at once.
WRITE_SECONDS: Final = 10
# Before it ends: the database must answer for one whole period of its writes, and may be away for the rest of the time.
QUIET_SECONDS: Final = WRITE_SECONDS + 5 + 5
PATIENCE_SECONDS: Final = 60
# Only an engine that has died is replaced: LiteLLM would replace a healthy one too while the database is away, and lose
# the rows that it is writing. It counts from 1970 to its first try, so less than that would let one through.
RECONNECT_NEVER_SECONDS: Final = 10_000_000_000
SPANS_OF_A_REQUEST: Final = 3
WAITING_SPANS: Final = 2000 * SPANS_OF_A_REQUEST
# Phoenix refuses a span of more than 4 MiB, and the exporter then holds up all others for a minute (decision 0021). A
# span has a message up to three times, its answer twice, and a character is at most 4 bytes: 5 * 4 * 200,000 leaves 5%.
SPAN_TEXT_CHARACTERS: Final = 200_000


class LlmGateway(Part):
    """The gateway: `serves` adds local models, `stores_in` gives it its database."""

    def __init__(
        self, scope: Construct, id_: str, spec: GatewaySpec, *, providers: ProvidersSpec, pod_network: str
    ) -> None:
        """Make the gateway.

        Args:
            scope: a chart with a namespace, or a construct below one.
            id_: name of the gateway and its Service.
            spec: its section of the lab file.
            providers: the paid providers.
            pod_network: the pods' addresses, from which a forwarded client address is believed.

        """
        self._spec, self._pod_network = spec, pod_network
        self._callbacks = ["prometheus"]
        self._routes: list[ModelRoute] = list(paid_routes(providers))
        super().__init__(scope, id_, self._workload(id_))
        if self._routes:
            connect(self.endpoint, INTERNET, HTTPS, "paid providers")
        self.virtual_keys = VirtualKeys(self, parts.VIRTUAL_KEYS, gateway=self, routes=self._routes)

    def serves(self, *services: GpuInferenceService) -> None:
        """Route to local models, listed before the paid ones."""
        for service in services:
            self._routes[0:0] = service.routes
            connect(self.endpoint, service.endpoint, service.listens, "answers from local models")
        self._configure()

    def stores_in(self, database: Database) -> None:
        """Keep keys and one row for each request in the database."""
        url = database.gives_database(self, "litellm", LITELLM_DATABASE, "keys and a row for each request")
        wait = (f"http://127.0.0.1:{PORT.number}", str(QUIET_SECONDS), str(PATIENCE_SECONDS))
        env = {"DATABASE_URL": url, "PRISMA_RECONNECT_COOLDOWN_SECONDS": str(RECONNECT_NEVER_SECONDS)}  # decision 0021
        self.workload = self.workload.with_env(env).with_before_stop(
            Exec(command=("python3", f"{CONFIG}/{LAST_ROWS}", *wait)), PATIENCE_SECONDS
        )

    def traces_to(self, phoenix: Phoenix) -> None:
        """Send a trace of each request, with what was asked and answered."""
        self._callbacks.append("arize_phoenix")  # `otel` would send a dozen spans without tokens (measured)
        connect(self.endpoint, phoenix.endpoint, TRACES.number, "a trace of each request")
        self.workload = self.workload.with_env(
            {
                # http and the port 4317 make it gRPC without TLS; `grpc://` would be tried with TLS (measured).
                "PHOENIX_COLLECTOR_ENDPOINT": f"http://{phoenix.workload.name}:{TRACES.number}",
                "PHOENIX_API_KEY": PHOENIX_ACCESS,
                "PHOENIX_PROJECT_NAME": self.home.namespace,
                # While Phoenix is away the exporter gives up a batch a minute: let it be the smallest (decision 0021).
                "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "1",
                "OTEL_BSP_MAX_QUEUE_SIZE": str(WAITING_SPANS),
                "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": str(SPAN_TEXT_CHARACTERS),  # of events too, as errors are
            }
        )
        self._configure()

    def _configure(self) -> None:
        self.workload = self.workload.with_files(self._files(self.workload.name))
        self.virtual_keys.refresh()

    def _files(self, name: str) -> Files:
        script = resources.files("ailab").joinpath("scripts", LAST_ROWS).read_text(encoding="utf-8")
        return Files(name=name, content={"config.yaml": yaml_text(self._config()), LAST_ROWS: script})

    def _workload(self, name: str) -> Workload:
        container = Container(
            name="litellm",
            image=LITELLM,
            args=(
                *("--config", f"{CONFIG}/config.yaml", "--port", str(PORT.number)),
                *("--keepalive_timeout", str(IDLE_SECONDS)),
            ),
            env={
                "LITELLM_MASTER_KEY": LITELLM_MASTER_KEY,
                "LITELLM_SALT_KEY": LITELLM_SALT_KEY,
                "LITELLM_MODE": "PRODUCTION",  # do not look for a .env file
                "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # do not fetch prices from GitHub at start
                "LITELLM_MIGRATION_DIR": "/tmp/migrations",  # noqa: S108 - the root is read-only
                "HOME": "/tmp",  # noqa: S108 - same
                **variables_of(self._routes),
            },
            ports=(PORT,),
            mounts=(Mount(volume=self._files(name), path=CONFIG),),
            probes=Probes(
                # Not /health/readiness, which fails without the database: known keys work then (decision 0021).
                ready=Http(path="/health/liveliness", port=PORT.number),
                alive=Http(path="/health/liveliness", port=PORT.number),
                start_seconds=300,  # 23-56 s measured on two busy cores, before migrations
                timeout_seconds=10,
            ),
            resources=Resources(cpu="200m", memory="1Gi", memory_limit=self._spec.memory),
        )
        return Workload(name=name, main=container, stop_seconds=90)

    def _config(self) -> dict[str, object]:
        return {
            "model_list": [route.entry(replaceable=route.alias in self._spec.fallbacks) for route in self._routes],
            "litellm_settings": {
                "callbacks": list(self._callbacks),
                # Only pods with an edge to this port reach the metrics; the ingress does not publish their path.
                "require_auth_for_metrics_endpoint": False,
                "drop_params": True,
                "request_timeout": ANSWER_SECONDS,
                "json_logs": True,
                # A refusal gives the provider's reason, not the router's tables after it.
                "expose_router_debug_in_errors": False,
                # Not left out: a chat too long for one model would go to its fallback, and Ollama cuts it off silently.
                "context_window_fallbacks": [],
            },
            "router_settings": {
                "num_retries": 1,
                "timeout": ANSWER_SECONDS,
                "stream_timeout": ANSWER_SECONDS,
                "allowed_fails": 3,
                "cooldown_time": 30,
                "fallbacks": [{alias: list(others)} for alias, others in self._spec.fallbacks.items()],
            },
            "general_settings": {
                "master_key": "os.environ/LITELLM_MASTER_KEY",
                "database_url": "os.environ/DATABASE_URL",
                "database_connection_pool_limit": 10,
                "store_prompts_in_spend_logs": True,
                "maximum_spend_logs_retention_period": self._spec.keep_requests,
                "proxy_batch_write_at": WRITE_SECONDS,
                # With the database away, keys that it has seen still work, and their rows are written when it is back.
                # LiteLLM's `allow_requests_on_db_unavailable` would let every key in then, known or not (measured).
                "user_api_key_cache_ttl": KEY_SECONDS,
                # Whoever leaves frees the GPU: streams do without it, whole answers by it (decision 0034).
                "cancel_on_disconnect": True,
                "trusted_proxy_ranges": [self._pod_network],
            },
        }
