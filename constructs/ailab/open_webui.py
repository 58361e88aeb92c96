"""Open WebUI: the chat. Everything it is told comes by environment variables; what is clicked is gone at a restart."""

from __future__ import annotations

import json
from typing import Final

from constructs import Construct

from ailab.gateway import LlmGateway
from ailab.images import OPEN_WEBUI
from ailab.network import connect
from ailab.part import Part
from ailab.postgres import Database
from ailab.publication import IDLE_SECONDS
from ailab.searxng import Searxng
from ailab.secrets import CHAT_KEY, EMBEDDING_KEY, OPEN_WEBUI_ADMIN, OPEN_WEBUI_DATABASE, OPEN_WEBUI_SESSIONS
from ailab.spec.models import Role
from ailab.spec.web import ChatSpec
from ailab.virtual_keys import VirtualKey
from ailab.workload import Claim, Container, EnvValue, Http, Mount, Port, Probes, Resources, Workload

PORT: Final = Port("http", 8080)
DATA: Final = "/app/backend/data"
# The browser's id of an answer becomes the gateway's id of the call, in its row and in its trace: what the chat shows
# can be looked up. Titles, tags and embeddings are no message of a chat: an empty header, and the gateway makes an id.
# docs/decisions/0020-one-id-from-the-chat-to-the-trace.md
CALL_ID: Final = {"x-litellm-call-id": "{{MESSAGE_ID}}", "x-litellm-trace-id": "{{MESSAGE_ID}}"}


class OpenWebUi(Part):
    """The chat: `chats_through` a gateway, `stores_in` a database."""

    def __init__(
        self, scope: Construct, id_: str, spec: ChatSpec, *, urls: tuple[str, ...], storage_class: str | None = None
    ) -> None:
        """Make the chat.

        Args:
            scope: a chart with a namespace, or a construct below one.
            id_: name of the chat and its Service.
            spec: its section of the lab file.
            urls: the addresses that people open it at, the usual one first; other origins get no live connection.
            storage_class: of its volume.

        """
        data = Claim(name=f"{id_}-data", size=spec.volume, storage_class=storage_class)
        container = Container(
            name="open-webui",
            image=OPEN_WEBUI,
            env={**_identity(spec, urls), **_habits()},
            ports=(PORT,),
            mounts=(Mount(volume=data, path=DATA),),
            probes=Probes(
                ready=Http(path="/ready", port=PORT.number),
                alive=Http(path="/health", port=PORT.number),
                start_seconds=300,  # 13-26 s measured; the first start migrates the database
            ),
            resources=Resources(cpu="200m", memory="1Gi", memory_limit=spec.memory),
        )
        super().__init__(scope, id_, Workload(name=id_, main=container))

    def stores_in(self, database: Database) -> None:
        """Keep users, chats and settings in the database."""
        url = database.gives_database(self, "openwebui", OPEN_WEBUI_DATABASE, "users, chats and settings")
        self.workload = self.workload.with_env({"DATABASE_URL": url})

    def chats_through(self, gateway: LlmGateway, embedding: str | None = None) -> None:
        """Take models from the gateway, with virtual keys for chat models and for the embedding model."""
        base = f"{gateway.url}/v1"
        gateway.virtual_keys.adds(VirtualKey(alias="open-webui-chat", value=CHAT_KEY, role=Role.CHAT))
        if embedding:
            key = VirtualKey(alias="open-webui-embedding", value=EMBEDDING_KEY, role=Role.EMBEDDING)
            gateway.virtual_keys.adds(key)
        connect(self.endpoint, gateway.endpoint, gateway.listens, "chat and embeddings")
        self.workload = self.workload.with_env(
            {
                "ENABLE_OPENAI_API": "true",
                "OPENAI_API_BASE_URL": base,
                "OPENAI_API_KEY": CHAT_KEY,
                "OPENAI_API_CONFIGS": json.dumps({"0": {"headers": CALL_ID}}),  # of the first address, and only one
                **_retrieval(base, embedding),
            }
        )

    def searches_with(self, searxng: Searxng) -> None:
        """Search the web when a user asks for it; what the engine shows of a page is enough, pages are not fetched."""
        connect(self.endpoint, searxng.endpoint, searxng.listens, "web search")
        self.workload = self.workload.with_env(
            {
                "ENABLE_WEB_SEARCH": "true",
                "WEB_SEARCH_ENGINE": "searxng",
                "SEARXNG_QUERY_URL": searxng.query_url,
                "WEB_SEARCH_RESULT_COUNT": "5",
                # The pod has no way to the Internet, and needs none.
                "BYPASS_WEB_SEARCH_WEB_LOADER": "true",
            }
        )


def _identity(spec: ChatSpec, urls: tuple[str, ...]) -> dict[str, EnvValue]:
    return {
        "WEBUI_URL": urls[0],
        "CORS_ALLOW_ORIGIN": ";".join(urls),
        "WEBUI_SECRET_KEY": OPEN_WEBUI_SESSIONS,
        "WEBUI_ADMIN_EMAIL": spec.admin_email,
        "WEBUI_ADMIN_NAME": "Admin",
        "WEBUI_ADMIN_PASSWORD": OPEN_WEBUI_ADMIN,
        "JWT_EXPIRES_IN": "7d",
    }


def _retrieval(base: str, embedding: str | None) -> dict[str, EnvValue]:
    if embedding is None:
        return {"BYPASS_EMBEDDING_AND_RETRIEVAL": "true"}  # documents go into the prompt whole
    return {
        "RAG_EMBEDDING_ENGINE": "openai",
        "RAG_EMBEDDING_MODEL": embedding,
        "RAG_OPENAI_API_BASE_URL": base,
        "RAG_OPENAI_API_KEY": EMBEDDING_KEY,
        "RAG_EMBEDDING_BATCH_SIZE": "32",
    }


def _habits() -> dict[str, str]:
    return {
        # The environment is the truth at each start; with `true`, values of the first start stay for ever (measured).
        "ENABLE_PERSISTENT_CONFIG": "false",
        # Without persistence sign-up is open again from the second start on (measured).
        "ENABLE_SIGNUP": "false",
        "DEFAULT_USER_ROLE": "user",
        "BYPASS_MODEL_ACCESS_CONTROL": "true",  # users see the models of the virtual key, no grants to click
        # What is found in the web and in documents goes into the prompt, for every model. The default, `native`, leaves
        # it to the model to call a tool, which DeepSeek-R1 cannot.
        "DEFAULT_MODEL_PARAMS": '{"function_calling": "legacy"}',
        "ENABLE_OLLAMA_API": "false",  # all models come through the gateway
        # The pod has no way to the Internet, so nothing may be fetched at start.
        "OFFLINE_MODE": "true",
        "ENABLE_VERSION_UPDATE_CHECK": "false",
        "ENABLE_COMMUNITY_SHARING": "false",
        "ANONYMIZED_TELEMETRY": "false",
        "DO_NOT_TRACK": "true",
        "SCARF_NO_ANALYTICS": "true",
        "ENABLE_FORWARD_USER_INFO_HEADERS": "true",  # the gateway's rows say whose request it was
        "DATA_DIR": DATA,
        "STATIC_DIR": f"{DATA}/static",
        "HOME": "/tmp",  # noqa: S108 - the image says /root, which its other uids cannot write
        "USER": "open-webui",
        "LOG_FORMAT": "json",
        "ENV": "prod",
        "UVICORN_TIMEOUT_KEEP_ALIVE": str(IDLE_SECONDS),
    }
