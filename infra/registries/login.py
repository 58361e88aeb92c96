"""Public images behind a token: a registry refuses, and names who gives tokens to everybody.

The protocol: https://distribution.github.io/distribution/spec/auth/token/
"""

from __future__ import annotations

from urllib.request import parse_http_list, parse_keqv_list

import httpx
from pydantic import BaseModel, ValidationError


class _Given(BaseModel):
    """What a token server answers; the second name is OAuth's."""

    token: str = ""
    access_token: str = ""


def giver(answer: httpx.Response) -> httpx.URL | None:
    """Read from a refusal where its token is to be had, with what to ask for; None where it asks for no token."""
    scheme, _, fields = answer.headers.get("WWW-Authenticate", "").partition(" ")
    if answer.status_code != httpx.codes.UNAUTHORIZED or scheme.lower() != "bearer":
        return None
    asked = parse_keqv_list([pair for pair in parse_http_list(fields) if "=" in pair])
    try:
        realm = httpx.URL(asked.get("realm", ""))
    except httpx.InvalidURL:
        return None
    query: dict[str, str] = {name: asked[name] for name in ("service", "scope") if name in asked}
    if realm.scheme not in {"http", "https"} or not realm.host:
        return None
    return realm.copy_merge_params(query) if query else realm  # merging would rewrite what the realm itself asks for


def token(given: httpx.Response) -> str:
    """Read the token from a token server's answer; empty where there is none in it."""
    try:
        read = _Given.model_validate_json(given.content)
    except ValidationError:
        return ""
    return read.token or read.access_token
