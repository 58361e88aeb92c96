"""Which hosts of the test internet a lab's providers have."""

from __future__ import annotations

import pytest

from ailab.spec.providers import ProvidersSpec
from testnode.internet.providers.table import provider_sites
from tests.ailab.scene import PROVIDERS
from tests.cluster.provider_keys import ALL_KEYS, AZURE_HOST
from tests.programs.provider_requests import post


def test_each_declared_provider_has_its_own_host() -> None:
    assert list(provider_sites(PROVIDERS, ALL_KEYS)) == [
        "api.anthropic.com",
        "api.openai.com",
        "bedrock-runtime.us-east-1.amazonaws.com",
        "generativelanguage.googleapis.com",
        AZURE_HOST,
        "api.x.ai",
        "api.together.ai",
    ]


def test_a_stand_in_knows_the_models_of_the_lab_and_the_key_that_is_given() -> None:
    site = provider_sites(PROVIDERS, ALL_KEYS)["api.x.ai"]
    asked: dict[str, object] = {"model": "grok-4.7", "messages": [{"role": "user", "content": "Who is there?"}]}
    headers = {"authorization": f"Bearer {ALL_KEYS['XAI_API_KEY']}"}
    assert post(site, "/v1/chat/completions", asked, headers).status == 200
    assert post(site, "/v1/chat/completions", asked | {"model": "grok-1"}, headers).status == 404


def test_what_is_not_declared_is_not_there() -> None:
    assert provider_sites(ProvidersSpec(), {}) == {}


def test_a_provider_without_a_key_cannot_be_answered_for() -> None:
    with pytest.raises(KeyError, match="OPENAI_API_KEY"):
        provider_sites(ProvidersSpec.model_validate({"openai": {"models": {"gpt": "gpt-4o"}}}), {})
