from __future__ import annotations

from collections.abc import Mapping

from tests.ailab.scene import Scene, ends, environment, pod


def _variables(scene: Scene) -> Mapping[str, str]:
    return environment(pod(scene.objects(), "Deployment/open-webui")["containers"][0])


def test_chatting_through_a_gateway_takes_its_address_and_a_key_of_its_own(scene: Scene) -> None:
    scene.chat().chats_through(scene.gateway(), embedding="nomic")
    variables = _variables(scene)
    assert variables["OPENAI_API_BASE_URL"] == variables["RAG_OPENAI_API_BASE_URL"] == "http://litellm:4000/v1"
    assert variables["OPENAI_API_KEY"] == "gateway-keys/chat"
    assert variables["RAG_OPENAI_API_KEY"] == "gateway-keys/embedding"
    assert (variables["RAG_EMBEDDING_ENGINE"], variables["RAG_EMBEDDING_MODEL"]) == ("openai", "nomic")
    assert ("open-webui", "litellm", 4000) in ends(scene.objects())


def test_without_an_embedding_model_documents_go_into_the_prompt(scene: Scene) -> None:
    scene.chat().chats_through(scene.gateway())
    variables = _variables(scene)
    assert variables["BYPASS_EMBEDDING_AND_RETRIEVAL"] == "true"
    assert not any(name.startswith("RAG_") for name in variables)


def test_storing_puts_users_and_chats_into_the_database(scene: Scene) -> None:
    scene.chat().stores_in(scene.postgres())
    variables = _variables(scene)
    assert variables["DATABASE_URL"] == "postgresql://openwebui:$(DATABASE_PASSWORD)@postgres:5432/openwebui"
    assert variables["DATABASE_PASSWORD"] == "open-webui-database/password"
    assert ends(scene.objects()) == {("open-webui", "postgres", 5432)}


def test_only_its_own_addresses_get_a_live_connection(scene: Scene) -> None:
    scene.chat()
    variables = _variables(scene)
    assert variables["WEBUI_URL"] == "https://chat.example"
    assert variables["CORS_ALLOW_ORIGIN"] == "https://chat.example;https://other.example"


def test_the_environment_is_the_truth_at_each_start(scene: Scene) -> None:
    scene.chat()
    variables = _variables(scene)
    assert (variables["ENABLE_PERSISTENT_CONFIG"], variables["ENABLE_SIGNUP"]) == ("false", "false")
