"""Paid model providers behind the gateway: which models of theirs the lab offers, and under which names.

Keys never stand here: each provider's are rows of the table in `ailab.secrets`, and a provider whose key is not
given stays configured but is not offered in the chat.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from ailab.spec.faults import fault
from ailab.spec.values import Alias, Section

LONGEST_MODEL_NAME: Final = 200


def _model_name(value: str) -> str:
    if not value or len(value) > LONGEST_MODEL_NAME or any(letter.isspace() for letter in value):
        raise fault(value, "is no model name", "give the provider's own name of the model, without spaces")
    if "*" in value:
        # `openai/*` made the gateway list 795 models without one provider key (measured with LiteLLM 1.109.1).
        raise fault(value, "is a pattern", "name each model: a pattern offers hundreds of models that nobody chose")
    return value


ModelName = Annotated[str, AfterValidator(_model_name)]


class Provider(Section):
    """A provider that needs nothing but its key."""

    models: Mapping[Alias, ModelName] = Field(
        min_length=1,
        title="table of names",
        description="the lab's alias = the provider's own name of the model",
        examples=[{"claude-sonnet": "claude-sonnet-5-5"}],
    )


class BedrockProvider(Provider):
    """AWS Bedrock: models live in a region."""

    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$", description="AWS region", examples=["us-east-1"])


class AzureProvider(Provider):
    """Azure OpenAI: `models` names deployments, and each account has an address of its own (AZURE_API_BASE)."""

    api_version: str = Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(-preview)?$",
        description="version of Azure's API",
        examples=["2025-04-01-preview"],
    )


class ProvidersSpec(Section):
    """The seven paid providers; a table for each one that the lab uses."""

    anthropic: Provider | None = Field(None, description="Anthropic")
    openai: Provider | None = Field(None, description="OpenAI")
    bedrock: BedrockProvider | None = Field(None, description="AWS Bedrock")
    gemini: Provider | None = Field(None, description="Google Gemini")
    azure: AzureProvider | None = Field(None, description="Azure OpenAI")
    xai: Provider | None = Field(None, description="xAI (Grok)")
    together_ai: Provider | None = Field(None, description="Together AI")

    def declared(self) -> Iterator[tuple[str, Provider]]:
        """Each declared provider under its LiteLLM prefix, in the order above."""
        for name in type(self).model_fields:
            provider: Provider | None = getattr(self, name)
            if provider is not None:
                yield name, provider
