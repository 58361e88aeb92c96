"""Model routes: which name leads to which model of which provider, in LiteLLM's terms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ailab.secrets import PROVIDER_KEYS, SecretKey
from ailab.spec.models import Role
from ailab.spec.providers import AzureProvider, BedrockProvider, Provider, ProvidersSpec


@dataclass(frozen=True, kw_only=True)
class ModelRoute:
    """One line of the gateway's model list."""

    alias: str
    params: Mapping[str, object]  # `litellm_params`: the model with its provider's prefix, address, variables
    role: Role = Role.CHAT
    keys: tuple[SecretKey, ...] = ()  # without all of these the route exists but is not offered
    context: int | None = None  # tokens of the longest text, where the lab decides it
    first_word_seconds: int | None = None  # a model that is silent for longer is not waited for, if another may answer

    def entry(self, *, replaceable: bool) -> dict[str, object]:
        """Make the entry of `model_list`; `replaceable` says whether other models may answer in its place."""
        hurry = self._hurry() if replaceable else {}
        entry: dict[str, object] = {"model_name": self.alias, "litellm_params": {**self.params, **hurry}}
        mode = {"mode": "embedding"} if self.role is Role.EMBEDDING else {}
        limit = {"max_input_tokens": self.context} if self.context is not None else {}
        return {**entry, "model_info": {**mode, **limit}} if mode or limit else entry

    def _hurry(self) -> Mapping[str, object]:
        if self.first_word_seconds is None:
            return {}
        # The fallback is the second try: LiteLLM's own one of the same model made 4 s of silence 10.6 s (measured).
        return {"stream_timeout": self.first_word_seconds, "num_retries": 0}


def variables_of(routes: Iterable[ModelRoute]) -> dict[str, SecretKey]:
    """Collect the keys of all routes as environment variables."""
    return {key.key: key for route in routes for key in route.keys}


def paid_routes(providers: ProvidersSpec) -> Iterator[ModelRoute]:
    """Make the routes of every declared provider."""
    for prefix, provider in providers.declared():
        keys = PROVIDER_KEYS[prefix]
        variables = {str(key.parameter): f"os.environ/{key.key}" for key in keys}
        for alias, model in provider.models.items():
            params = {"model": f"{_PREFIX.get(prefix, prefix)}/{model}", **variables, **_settings(provider)}
            yield ModelRoute(alias=alias, params=params, keys=keys)


def _settings(provider: Provider) -> dict[str, str]:
    match provider:
        case BedrockProvider(region=region):
            return {"aws_region_name": region}
        case AzureProvider(api_version=version):
            return {"api_version": version}
        case _:
            return {}


# Without it LiteLLM 1.103.2 goes by its list of models: one that is newer than the list is asked by its maker's own
# protocol in place of Converse, which is the same for all models (measured).
_PREFIX = {"bedrock": "bedrock/converse"}
