from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from infra.manifests import Object
from tests.ailab.scene import Scene, ends, environment, pod
from tests.policy.seeds import find


def _declared(objects: Sequence[Object]) -> dict[str, Any]:
    declared: dict[str, Any] = json.loads(find(objects, "ConfigMap/virtual-keys")["data"]["keys.json"])
    return declared


def test_the_chat_gets_a_key_for_each_kind_of_model(scene: Scene) -> None:
    gateway = scene.gateway()
    gateway.serves(scene.ollama())
    scene.chat().chats_through(gateway, embedding="nomic")
    declared = _declared(scene.objects())

    assert declared["gateway"] == "http://litellm:4000"
    chat, embedding = declared["keys"]
    assert (chat["alias"], chat["variable"]) == ("open-webui-chat", "KEY_OPEN_WEBUI_CHAT")
    assert {model["name"]: model["needs"] for model in chat["models"]} == {
        "llama": [],
        "sonnet": ["ANTHROPIC_API_KEY"],
        "gpt": ["OPENAI_API_KEY"],
        "nova": ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
        "flash": ["GEMINI_API_KEY"],
        "azure-gpt": ["AZURE_API_KEY", "AZURE_API_BASE"],
        "grok": ["XAI_API_KEY"],
        "oss": ["TOGETHER_API_KEY"],
    }
    assert embedding == {
        "alias": "open-webui-embedding",
        "variable": "KEY_OPEN_WEBUI_EMBEDDING",
        "models": [{"name": "nomic", "needs": []}],
    }


def test_values_come_from_secrets_alone(scene: Scene) -> None:
    gateway = scene.gateway()
    scene.chat().chats_through(gateway, embedding="nomic")
    variables = environment(pod(scene.objects(), "Job/virtual-keys")["containers"][0])
    assert variables["MASTER_KEY"] == "litellm/master-key"
    assert variables["KEY_OPEN_WEBUI_CHAT"] == "gateway-keys/chat"
    assert variables["KEY_OPEN_WEBUI_EMBEDDING"] == "gateway-keys/embedding"
    assert variables["ANTHROPIC_API_KEY"] == "providers/ANTHROPIC_API_KEY?"


def test_a_lab_without_embedding_has_one_key(scene: Scene) -> None:
    gateway = scene.gateway()
    scene.chat().chats_through(gateway)
    objects = scene.objects()
    assert [key["alias"] for key in _declared(objects)["keys"]] == ["open-webui-chat"]
    assert "KEY_OPEN_WEBUI_EMBEDDING" not in environment(pod(objects, "Job/virtual-keys")["containers"][0])


def test_the_schedule_runs_what_the_job_runs(scene: Scene) -> None:
    scene.gateway()
    objects = scene.objects()
    job, cron_job = find(objects, "Job/virtual-keys"), find(objects, "CronJob/virtual-keys")
    assert cron_job["spec"]["jobTemplate"]["spec"]["template"] == job["spec"]["template"]
    assert cron_job["spec"]["schedule"] == "*/5 * * * *"


def test_the_registration_reaches_the_gateway_alone(scene: Scene) -> None:
    scene.gateway()
    objects = scene.objects()
    assert {target for source, target, _ in ends(objects) if source == "virtual-keys"} == {"litellm"}
    assert {source for source, target, _ in ends(objects) if target == "litellm"} == {"virtual-keys"}
