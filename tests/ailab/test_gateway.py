from __future__ import annotations

from collections.abc import Sequence

import yaml

from ailab import LlmGateway
from ailab.spec.lab import GatewaySpec
from ailab.spec.models import VllmSpec
from ailab.spec.providers import ProvidersSpec
from infra.manifests import Object
from tests.ailab.scene import PROVIDERS, Scene, ends, environment, pod
from tests.policy.seeds import find

VLLM = VllmSpec(alias="deepseek", model="deepseek-ai/DeepSeek-R1", revision="6e8885a6ff5c1dc5201574c8fd700323f23c25fa")


def _models(objects: Sequence[Object]) -> dict[str, Object]:
    config = yaml.safe_load(find(objects, "ConfigMap/litellm")["data"]["config.yaml"])
    return {entry["model_name"]: entry["litellm_params"] for entry in config["model_list"]}


def test_all_nine_routes_of_the_architecture(scene: Scene) -> None:
    engine = scene.vllm(VLLM)
    scene.gateway().serves(scene.ollama(), engine)
    assert _models(scene.objects()) == {
        "llama": {"model": "ollama_chat/llama3.1:8b", "api_base": "http://ollama:11434"},
        "nomic": {"model": "ollama/nomic-embed-text:v1.5", "api_base": "http://ollama:11434"},
        "deepseek": {"model": "hosted_vllm/deepseek", "api_base": "http://deepseek:8000/v1"},
        "sonnet": {"model": "anthropic/claude-sonnet-5-5", "api_key": "os.environ/ANTHROPIC_API_KEY"},
        "gpt": {"model": "openai/gpt-6.1-sol", "api_key": "os.environ/OPENAI_API_KEY"},
        "nova": {
            "model": "bedrock/converse/amazon.nova-pro-v1:0",
            "aws_access_key_id": "os.environ/AWS_ACCESS_KEY_ID",
            "aws_secret_access_key": "os.environ/AWS_SECRET_ACCESS_KEY",
            "aws_region_name": "us-east-1",
        },
        "flash": {"model": "gemini/gemini-3.8-flash", "api_key": "os.environ/GEMINI_API_KEY"},
        "azure-gpt": {
            "model": "azure/a-deployment",
            "api_key": "os.environ/AZURE_API_KEY",
            "api_base": "os.environ/AZURE_API_BASE",
            "api_version": "2025-04-01-preview",
        },
        "grok": {"model": "xai/grok-4.7", "api_key": "os.environ/XAI_API_KEY"},
        "oss": {"model": "together_ai/openai/gpt-oss-120b", "api_key": "os.environ/TOGETHER_API_KEY"},
    }


def test_every_variable_of_the_configuration_is_one_of_the_pod(scene: Scene) -> None:
    scene.gateway().stores_in(scene.postgres())
    objects = scene.objects()
    text = find(objects, "ConfigMap/litellm")["data"]["config.yaml"]
    asked = {word.removeprefix("os.environ/") for word in text.split() if word.startswith("os.environ/")}
    assert asked <= environment(pod(objects, "Deployment/litellm")["containers"][0]).keys()


def test_the_gateway_knows_the_longest_text_of_each_local_model(scene: Scene) -> None:
    scene.gateway().serves(scene.ollama(), scene.vllm(VLLM))
    config = yaml.safe_load(find(scene.objects(), "ConfigMap/litellm")["data"]["config.yaml"])
    known = {entry["model_name"]: entry["model_info"] for entry in config["model_list"] if "model_info" in entry}
    assert known == {
        "llama": {"max_input_tokens": 8192},
        "nomic": {"mode": "embedding", "max_input_tokens": 2048},  # it can no more
        "deepseek": {"max_input_tokens": 32768},
    }


def test_serving_opens_an_edge_to_each_engine(scene: Scene) -> None:
    scene.gateway().serves(scene.ollama(), scene.vllm(VLLM))
    assert {("litellm", "ollama", 11434), ("litellm", "deepseek", 8000)} <= ends(scene.objects())


def test_providers_keys_are_optional(scene: Scene) -> None:
    scene.gateway()
    variables = environment(pod(scene.objects(), "Deployment/litellm")["containers"][0])
    given = {name: value for name, value in variables.items() if value.startswith("providers/")}
    assert len(given) == 9
    assert all(value == f"providers/{name}?" for name, value in given.items())


def test_a_gateway_of_local_models_alone_has_no_way_out(scene: Scene) -> None:
    scene.gateway(ProvidersSpec()).serves(scene.ollama())
    objects = scene.objects()
    assert {target for source, target, _ in ends(objects) if source == "litellm"} == {"ollama"}
    assert not any(
        v.startswith("providers/") for v in environment(pod(objects, "Deployment/litellm")["containers"][0]).values()
    )


def test_fallbacks_of_the_file_are_the_routers(scene: Scene) -> None:
    spec = GatewaySpec(fallbacks={"llama": ("sonnet", "gpt")})
    LlmGateway(scene.chart, "litellm", spec, providers=PROVIDERS, pod_network="10.42.0.0/16")
    config = yaml.safe_load(find(scene.objects(), "ConfigMap/litellm")["data"]["config.yaml"])
    assert config["router_settings"]["fallbacks"] == [{"llama": ["sonnet", "gpt"]}]


def test_a_silent_vllm_is_not_waited_for_where_another_model_may_answer(scene: Scene) -> None:
    spec = GatewaySpec(fallbacks={"deepseek": ("llama",), "llama": ("sonnet",)})
    gateway = LlmGateway(scene.chart, "litellm", spec, providers=PROVIDERS, pod_network="10.42.0.0/16")
    other = VLLM.model_copy(update={"alias": "other"})
    engines = (scene.vllm(server) for server in (VLLM, other))
    gateway.serves(scene.ollama(), *engines)
    settings = ("stream_timeout", "num_retries")
    found = _models(scene.objects())
    assert [found["deepseek"][setting] for setting in settings] == [4, 0]
    assert {name for name, params in found.items() if params.keys() & settings} == {"deepseek"}


def test_a_chat_too_long_for_a_model_is_refused_and_not_cut_off_by_another(scene: Scene) -> None:
    spec = GatewaySpec(fallbacks={"llama": ("sonnet",)})
    LlmGateway(scene.chart, "litellm", spec, providers=PROVIDERS, pod_network="10.42.0.0/16")
    config = yaml.safe_load(find(scene.objects(), "ConfigMap/litellm")["data"]["config.yaml"])
    assert config["litellm_settings"]["context_window_fallbacks"] == []


def test_a_gateway_with_a_database_waits_for_its_last_rows_before_it_is_told_to_end(scene: Scene) -> None:
    scene.gateway().stores_in(scene.postgres())
    objects = scene.objects()
    made = pod(objects, "Deployment/litellm")
    command = ["python3", "/etc/litellm/last_rows.py", "http://127.0.0.1:4000", "20", "60"]
    assert made["containers"][0]["lifecycle"] == {"preStop": {"exec": {"command": command}}}
    assert made["terminationGracePeriodSeconds"] == 60 + 90
    assert "last_rows.py" in find(objects, "ConfigMap/litellm")["data"]


def test_a_gateway_without_a_database_has_no_rows_to_wait_for(scene: Scene) -> None:
    scene.gateway()
    made = pod(scene.objects(), "Deployment/litellm")
    assert ("lifecycle" in made["containers"][0], made["terminationGracePeriodSeconds"]) == (False, 90)
