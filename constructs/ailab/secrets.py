"""Secrets: one table of what exists, how it comes to be, and who uses it.

Everything about secrets is derived from this table: the references in manifests, `.env.example`, `./lab secrets`, and
the test that looks for leaked values. A value never stands in git, in dist/, in arguments or in logs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ailab.spec import parts


class Origin(StrEnum):
    """Where a value comes from."""

    GENERATED = "generated"  # made once by `./lab secrets apply`, kept in the cluster
    GIVEN = "given"  # by the lab's owner, through the environment or a .env file; may be absent


class Form(StrEnum):
    """What a generated value must look like for the program that reads it."""

    # Hexadecimal everywhere: Open WebUI puts its database password unescaped into a URL.
    HEX = "hex"
    GATEWAY_KEY = "gateway key"  # LiteLLM's keys begin with "sk-"


@dataclass(frozen=True, kw_only=True)
class SecretKey:
    """One value in one Kubernetes Secret."""

    name: str  # of the Kubernetes Secret
    key: str
    users: tuple[str, ...]  # what must read it again when it changes; each stands in RESTART_ORDER
    origin: Origin = Origin.GENERATED
    form: Form = Form.HEX
    awaited: bool = False  # for a given one: what uses it waits until it is there
    why_not_rotated: str | None = None
    kept_by_program: bool = False  # read once, into its own database: a rotation tells the program, not its pod
    parameter: str | None = None  # LiteLLM's name for it in a model's parameters, for a provider's key

    @property
    def variable(self) -> str:
        """Name of the environment variable that gives the value on the operator's machine."""
        return self.key if self.origin is Origin.GIVEN else f"{self.name}_{self.key}".upper().replace("-", "_")

    @property
    def optional(self) -> bool:
        """Whether what uses it starts without it."""
        return self.origin is Origin.GIVEN and not self.awaited


@dataclass(frozen=True, kw_only=True)
class DatabaseSecrets:
    """How a program gets into its database."""

    password: SecretKey  # of its role on the lab's own server
    url: SecretKey  # with role and password, of a server that is there already

    @classmethod
    def of(cls, program: str) -> DatabaseSecrets:
        """Make the two of a program; only one of them is used."""
        variable = f"{program}-database-url".upper().replace("-", "_")
        return cls(
            password=SecretKey(name=f"{program}-database", key="password", users=(parts.POSTGRES, program)),
            url=SecretKey(name="databases", key=variable, users=(program,), origin=Origin.GIVEN, awaited=True),
        )


# A rotation restarts users in this order: the database learns a password before the program that uses it, the gateway a
# key before the chat that sends it. `virtual-keys` is the CronJob that makes the gateway know the keys.
RESTART_ORDER: Final = (
    parts.POSTGRES,
    parts.POSTGRES_DUMPS,
    parts.PHOENIX,
    parts.LITELLM,
    parts.VIRTUAL_KEYS,
    parts.OPEN_WEBUI,
    parts.SEARXNG,
    parts.GRAFANA,
    parts.NEO4J,
)

POSTGRES_SUPERUSER: Final = SecretKey(
    name="postgres", key="superuser-password", users=(parts.POSTGRES, parts.POSTGRES_DUMPS)
)
LITELLM_DATABASE: Final = DatabaseSecrets.of(parts.LITELLM)
OPEN_WEBUI_DATABASE: Final = DatabaseSecrets.of(parts.OPEN_WEBUI)
LITELLM_MASTER_KEY: Final = SecretKey(
    name="litellm", key="master-key", users=(parts.LITELLM, parts.VIRTUAL_KEYS), form=Form.GATEWAY_KEY
)
LITELLM_SALT_KEY: Final = SecretKey(
    name="litellm",
    key="salt-key",
    users=(parts.LITELLM,),
    form=Form.GATEWAY_KEY,
    why_not_rotated="it encrypts what LiteLLM has stored in its database; another salt makes that unreadable",
)
OPEN_WEBUI_SESSIONS: Final = SecretKey(name="open-webui", key="session-key", users=(parts.OPEN_WEBUI,))
OPEN_WEBUI_ADMIN: Final = SecretKey(
    name="open-webui", key="admin-password", users=(parts.OPEN_WEBUI,), kept_by_program=True
)
PHOENIX_DATABASE: Final = DatabaseSecrets.of(parts.PHOENIX)
PHOENIX_SESSIONS: Final = SecretKey(name="phoenix", key="session-key", users=(parts.PHOENIX,))
PHOENIX_ACCESS: Final = SecretKey(name="phoenix", key="access-key", users=(parts.PHOENIX, parts.LITELLM))
PHOENIX_ADMIN: Final = SecretKey(
    name="phoenix",
    key="admin-password",
    users=(parts.PHOENIX,),
    why_not_rotated="Phoenix asks for another at the first login, which only its owner knows; change it in Phoenix",
)
GRAFANA_ADMIN: Final = SecretKey(name="grafana", key="admin-password", users=(parts.GRAFANA,), kept_by_program=True)
GRAFANA_KEY: Final = SecretKey(
    name="grafana",
    key="secret-key",
    users=(parts.GRAFANA,),
    why_not_rotated="it encrypts what Grafana has stored in its database; another key makes that unreadable",
)
ALERTS_TOPIC: Final = SecretKey(name="alerts", key="topic", users=(parts.GRAFANA,))  # whoever knows it reads the alerts
SEARXNG_SECRET: Final = SecretKey(name="searxng", key="secret-key", users=(parts.SEARXNG,))
NEO4J_PASSWORD: Final = SecretKey(name="neo4j", key="password", users=(parts.NEO4J,), kept_by_program=True)
# Two keys, so that the chat's list of models has only what one can chat with.
CHAT_KEY: Final = SecretKey(
    name="gateway-keys", key="chat", users=(parts.VIRTUAL_KEYS, parts.OPEN_WEBUI), form=Form.GATEWAY_KEY
)
EMBEDDING_KEY: Final = SecretKey(
    name="gateway-keys", key="embedding", users=(parts.VIRTUAL_KEYS, parts.OPEN_WEBUI), form=Form.GATEWAY_KEY
)


def _provider(variable: str, parameter: str = "api_key") -> SecretKey:
    users = (parts.LITELLM, parts.VIRTUAL_KEYS)
    return SecretKey(name="providers", key=variable, users=users, origin=Origin.GIVEN, parameter=parameter)


# Names as LiteLLM reads them (litellm/litellm_core_utils/get_llm_provider_logic.py, llms/bedrock/base_aws_llm.py).
PROVIDER_KEYS: Final[dict[str, tuple[SecretKey, ...]]] = {
    "anthropic": (_provider("ANTHROPIC_API_KEY"),),
    "openai": (_provider("OPENAI_API_KEY"),),
    "bedrock": (
        _provider("AWS_ACCESS_KEY_ID", "aws_access_key_id"),
        _provider("AWS_SECRET_ACCESS_KEY", "aws_secret_access_key"),
    ),
    "gemini": (_provider("GEMINI_API_KEY"),),
    "azure": (_provider("AZURE_API_KEY"), _provider("AZURE_API_BASE", "api_base")),
    "xai": (_provider("XAI_API_KEY"),),
    "together_ai": (_provider("TOGETHER_API_KEY"),),
}
DATABASES: Final = (LITELLM_DATABASE, OPEN_WEBUI_DATABASE, PHOENIX_DATABASE)

TABLE: Final = (
    POSTGRES_SUPERUSER,
    LITELLM_DATABASE.password,
    OPEN_WEBUI_DATABASE.password,
    LITELLM_MASTER_KEY,
    LITELLM_SALT_KEY,
    OPEN_WEBUI_SESSIONS,
    OPEN_WEBUI_ADMIN,
    PHOENIX_DATABASE.password,
    PHOENIX_SESSIONS,
    PHOENIX_ACCESS,
    PHOENIX_ADMIN,
    GRAFANA_ADMIN,
    GRAFANA_KEY,
    ALERTS_TOPIC,
    SEARXNG_SECRET,
    NEO4J_PASSWORD,
    CHAT_KEY,
    EMBEDDING_KEY,
    *(key for keys in PROVIDER_KEYS.values() for key in keys),
    *(database.url for database in DATABASES),
)
