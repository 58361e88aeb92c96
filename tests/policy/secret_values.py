"""Promise: no Secret and nothing that looks like a secret's value is in the manifests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from infra.manifests import Object
from tests.policy.pods import containers

LOOKS_LIKE: Final[Mapping[str, str]] = {
    "a key of an OpenAI-compatible service": r"\bsk-[A-Za-z0-9_-]{16,}",
    "a key of Anthropic": r"\bsk-ant-[A-Za-z0-9_-]{8,}",
    "a key of DigitalOcean": r"\bdo[opr]_v1_[0-9a-f]{16,}",
    "a key of Tailscale": r"\btskey-[a-z]+-[A-Za-z0-9-]{8,}",
    "a key of AWS": r"\b(AKIA|ASIA)[A-Z0-9]{16}\b",
    "a key of Google": r"\bAIza[A-Za-z0-9_-]{30,}",
    "a key of xAI": r"\bxai-[A-Za-z0-9]{16,}",
    "a token of GitHub": r"\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})",
    "a token of Hugging Face": r"\bhf_[A-Za-z0-9]{20,}",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a signed token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}",
    "a password in an address": r"://[^/\s:@]+:(?!\$\()[^/\s@]+@",
}
# Variables of these names hold secrets: they refer to a Secret, or to one of the same container.
SECRET_NAME: Final = re.compile(r"(PASSWORD|SECRET|TOKEN|API_KEY|_KEY|ACCESS_KEY_ID)$")


def secret_values(objects: Sequence[Object]) -> Iterator[str]:
    for item in objects:
        name = f"{item['kind']}/{item['metadata']['name']}"
        if item["kind"] == "Secret":
            yield f"{name}: is a Secret"
        for text in _strings(item):
            yield from (f"{name}: holds {what}" for what, look in LOOKS_LIKE.items() if re.search(look, text))
    for name, container in containers(objects):
        for variable in container.get("env", ()):
            if SECRET_NAME.search(variable["name"]) and "value" in variable:
                yield f"{name}: {variable['name']} stands in the manifest"


def _strings(content: object) -> Iterator[str]:
    match content:
        case str():
            yield content
        case dict():
            for key, value in content.items():
                yield from _strings(key)
                yield from _strings(value)
        case list():
            for value in content:
                yield from _strings(value)
