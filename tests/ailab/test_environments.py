"""The gateway's and the chat's environment, written out a second time: what no test misses is lost without a word.

Some of these keep rows and traces (decision 0021), some keep a pod without a way to the internet from waiting for one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from infra.labs import DIST
from infra.manifests import Object, read
from tests.ailab.scene import environment, pod


@pytest.fixture(scope="module")
def objects() -> Sequence[Object]:
    return read(DIST / "gpu-lab")


def test_the_gateway_s_environment(objects: Sequence[Object]) -> None:
    keys = (
        *("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "GEMINI_API_KEY"),
        *("AZURE_API_KEY", "AZURE_API_BASE", "XAI_API_KEY", "TOGETHER_API_KEY"),
    )
    assert environment(pod(objects, "Deployment/litellm")["containers"][0]) == {
        "LITELLM_MASTER_KEY": "litellm/master-key",
        "LITELLM_SALT_KEY": "litellm/salt-key",
        "LITELLM_MODE": "PRODUCTION",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_MIGRATION_DIR": "/tmp/migrations",  # noqa: S108 - path in the image
        "HOME": "/tmp",  # noqa: S108 - path in the image
        **{key: f"providers/{key}?" for key in keys},
        "DATABASE_URL": "postgresql://litellm:$(DATABASE_PASSWORD)@postgres:5432/litellm",
        "DATABASE_PASSWORD": "litellm-database/password",
        "PRISMA_RECONNECT_COOLDOWN_SECONDS": "10000000000",
        "PHOENIX_COLLECTOR_ENDPOINT": "http://phoenix:4317",
        "PHOENIX_API_KEY": "phoenix/access-key",
        "PHOENIX_PROJECT_NAME": "ai-lab",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "1",
        "OTEL_BSP_MAX_QUEUE_SIZE": "6000",
        "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "200000",
    }


def test_the_chat_s_environment(objects: Sequence[Object]) -> None:
    call_id = {"x-litellm-call-id": "{{MESSAGE_ID}}", "x-litellm-trace-id": "{{MESSAGE_ID}}"}
    origins = ("https://openwebui.example-tailnet.ts.net", "https://openwebui.gpu-lab.example-tailnet.ts.net")
    assert environment(pod(objects, "Deployment/open-webui")["containers"][0]) == {
        "WEBUI_URL": origins[0],
        "CORS_ALLOW_ORIGIN": ";".join(origins),
        "WEBUI_SECRET_KEY": "open-webui/session-key",
        "WEBUI_ADMIN_EMAIL": "admin@gpu-lab.example",
        "WEBUI_ADMIN_NAME": "Admin",
        "WEBUI_ADMIN_PASSWORD": "open-webui/admin-password",
        "JWT_EXPIRES_IN": "7d",
        "ENABLE_PERSISTENT_CONFIG": "false",
        "ENABLE_SIGNUP": "false",
        "DEFAULT_USER_ROLE": "user",
        "BYPASS_MODEL_ACCESS_CONTROL": "true",
        "DEFAULT_MODEL_PARAMS": '{"function_calling": "legacy"}',
        "ENABLE_OLLAMA_API": "false",
        "OFFLINE_MODE": "true",
        "ENABLE_VERSION_UPDATE_CHECK": "false",
        "ENABLE_COMMUNITY_SHARING": "false",
        "ANONYMIZED_TELEMETRY": "false",
        "DO_NOT_TRACK": "true",
        "SCARF_NO_ANALYTICS": "true",
        "ENABLE_FORWARD_USER_INFO_HEADERS": "true",
        "DATA_DIR": "/app/backend/data",
        "STATIC_DIR": "/app/backend/data/static",
        "HOME": "/tmp",  # noqa: S108 - path in the image
        "USER": "open-webui",
        "LOG_FORMAT": "json",
        "ENV": "prod",
        "UVICORN_TIMEOUT_KEEP_ALIVE": "75",
        "DATABASE_URL": "postgresql://openwebui:$(DATABASE_PASSWORD)@postgres:5432/openwebui",
        "DATABASE_PASSWORD": "open-webui-database/password",
        "ENABLE_OPENAI_API": "true",
        "OPENAI_API_BASE_URL": "http://litellm:4000/v1",
        "OPENAI_API_KEY": "gateway-keys/chat",
        "OPENAI_API_CONFIGS": json.dumps({"0": {"headers": call_id}}),
        "RAG_EMBEDDING_ENGINE": "openai",
        "RAG_EMBEDDING_MODEL": "nomic-embed-text",
        "RAG_OPENAI_API_BASE_URL": "http://litellm:4000/v1",
        "RAG_OPENAI_API_KEY": "gateway-keys/embedding",
        "RAG_EMBEDDING_BATCH_SIZE": "32",
        "ENABLE_WEB_SEARCH": "true",
        "WEB_SEARCH_ENGINE": "searxng",
        "SEARXNG_QUERY_URL": "http://searxng:8080/search",
        "WEB_SEARCH_RESULT_COUNT": "5",
        "BYPASS_WEB_SEARCH_WEB_LOADER": "true",
    }
