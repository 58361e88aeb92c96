"""What a failed answer of DigitalOcean's means, and when to ask again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import requests
from pydantic import BaseModel, ValidationError

from infra.cloud.failure import CloudError, MissingError, QuotaError, RefusedError, StockError, TokenError

SCOPES: Final[Mapping[str, str]] = {
    "GET account": "account:read",
    "GET account/keys": "ssh_key:read",
    "GET regions": "regions:read",
    "GET sizes": "sizes:read",
    "GET droplets": "droplet:read",
    "POST droplets": "droplet:create",
    "POST droplets/actions": "droplet:update",
    "DELETE droplets": "droplet:delete",
    "GET volumes": "block_storage:read",
    "POST volumes": "block_storage:create",
    "POST volumes/actions": "block_storage_action:create",
    "DELETE volumes": "block_storage:delete",
    "GET firewalls": "firewall:read",
    "POST firewalls": "firewall:create",
    "PUT firewalls": "firewall:update",
    "DELETE firewalls": "firewall:delete",
    "GET tags": "tag:read",
    "POST tags": "tag:create",
    "POST tags/resources": "tag:create",
    "DELETE tags": "tag:delete",
}
"""What a lab asks, and the scope that a token needs for it: https://docs.digitalocean.com/reference/api/scopes/."""
_PARTS: Final = {"actions", "keys", "resources"}
# "creating this/these droplet(s) will exceed your GPU limit" is what accounts without a quota are told.
_QUOTA: Final = re.compile(r"\b(exceed\w*|limit)\b", re.IGNORECASE)
_STOCK: Final = re.compile(r"\b(capacity|unavailable|not available|sold out|out of stock)\b", re.IGNORECASE)
_LONGEST_MESSAGE: Final = 300

TOKENS: Final = "https://cloud.digitalocean.com/account/api/tokens"


class _Body(BaseModel):
    id: str = ""
    message: str = ""
    request_id: str = ""


def refusal(answer: requests.Response, request: str) -> CloudError:
    """Say what is wrong in the words of who can repair it."""
    try:
        body = _Body.model_validate_json(answer.content)
    except ValidationError:
        body = _Body()  # a page of a proxy or of a gateway
    told = (body.message or answer.reason or "")[:_LONGEST_MESSAGE].rstrip(".")
    kind, message = _meaning(answer.status_code, told, request)
    return kind(
        message,
        status=answer.status_code,
        request_id=body.request_id or answer.headers.get("x-request-id", ""),
        unknown=request.startswith("POST") and answer.status_code >= requests.codes.server_error,
    )


def _meaning(status: int, told: str, request: str) -> tuple[type[CloudError], str]:
    meaning: tuple[type[CloudError], str]
    match status:
        case requests.codes.unauthorized:
            meaning = TokenError, f"DigitalOcean does not know the token in DIGITALOCEAN_TOKEN; make one at {TOKENS}"
        case requests.codes.forbidden:
            repair = f"give the token the scope {scope(request)} at {TOKENS}"
            meaning = TokenError, f"DIGITALOCEAN_TOKEN may not do this: {told}; {repair}"
        case requests.codes.not_found:
            meaning = MissingError, f"DigitalOcean has nothing at {request}"
        case requests.codes.too_many:
            meaning = CloudError, f"DigitalOcean has had too many requests ({told}); try again in some minutes"
        case code if code >= requests.codes.server_error:
            meaning = CloudError, f"DigitalOcean answers {code} to {request}: {told}"
        case _ if _STOCK.search(told):
            meaning = StockError, f"DigitalOcean has none left: {told}"
        case _ if _QUOTA.search(told):
            repair = "ask its support for a higher limit (GPU droplets have one of their own, 0 at first)"
            meaning = QuotaError, f"DigitalOcean does not let this account have more: {told}; {repair}"
        case code:
            meaning = RefusedError, f"DigitalOcean refuses {request} ({code}): {told}"
    return meaning


def scope(request: str) -> str:
    """Name the scope that a request needs, such as `droplet:create` for `POST droplets`."""
    method, _, url = request.partition(" ")
    first, *rest = url.split("/")
    part = f"/{rest[-1]}" if rest and rest[-1] in _PARTS else ""
    return SCOPES[f"{method} {first}{part}"]


def wait_asked_for(answer: requests.Response, now: datetime, otherwise: float) -> float:
    """Return after how many seconds to ask again: what the answer says, or else `otherwise`."""
    after = answer.headers.get("Retry-After", "")
    if after.isdecimal():
        return float(after)
    try:
        return max(0.0, (parsedate_to_datetime(after) - now).total_seconds())
    except (ValueError, TypeError):
        reset = answer.headers.get("ratelimit-reset", "")
    if answer.status_code == requests.codes.too_many and reset.isdecimal():
        return max(otherwise, (datetime.fromtimestamp(int(reset), UTC) - now).total_seconds())
    return otherwise
