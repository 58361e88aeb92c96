"""All providers that a lab declares, with its models and its keys."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final
from urllib.parse import urlsplit

from ailab.secrets import PROVIDER_KEYS
from ailab.spec.providers import AzureProvider, BedrockProvider, Provider, ProvidersSpec
from testnode.internet.exchange import Site
from testnode.internet.providers import anthropic, bedrock, gemini, openai
from testnode.internet.providers.azure import Azure
from testnode.internet.providers.signature import Signer

# Those that need a key and nothing else.
_PLAIN: Final[Mapping[str, tuple[str, Callable[[str, Collection[str]], Site]]]] = {
    "anthropic": (anthropic.HOST, anthropic.Anthropic),
    "openai": (openai.OPENAI, openai.openai),
    "gemini": (gemini.HOST, gemini.Gemini),
    "xai": (openai.XAI, openai.xai),
    "together_ai": (openai.TOGETHER, openai.together),
}


def provider_sites(declared: ProvidersSpec, keys: Mapping[str, str]) -> dict[str, Site]:
    """Return a stand-in for each declared provider, under its host.

    Args:
        declared: the lab's providers: their models are the only ones that the stand-ins know.
        keys: what a `.env` file would hold; a stand-in accepts the key of its provider alone.

    Raises:
        KeyError: a declared provider has no key.

    """
    return dict(_site(name, provider, keys) for name, provider in declared.declared())


def _site(name: str, provider: Provider, keys: Mapping[str, str]) -> tuple[str, Site]:
    models = frozenset(provider.models.values())
    key, *more = (keys[row.variable] for row in PROVIDER_KEYS[name])
    match provider:
        case BedrockProvider(region=region):
            signer = Signer(key, more[0], region, bedrock.SERVICE)
            return bedrock.host(region), bedrock.Bedrock(signer, models)
        case AzureProvider(api_version=version):
            return urlsplit(more[0]).hostname or "", Azure(key, models, (version,))
    host, site = _PLAIN[name]
    return host, site(key, models)
