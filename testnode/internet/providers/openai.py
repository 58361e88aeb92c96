"""OpenAI, and the two providers that took over its chat completions: xAI and Together AI."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from testnode.internet.exchange import Request, Response, Site
from testnode.internet.providers import chat_completions, responses
from testnode.internet.providers.chat_completions import ChatBody
from testnode.internet.providers.responses import ResponsesBody
from testnode.internet.providers.wire import (
    INVALID,
    MISSING,
    UNKNOWN,
    Refusal,
    document,
    identity,
    masked,
    posted,
    read,
)

OPENAI = "api.openai.com"
XAI = "api.x.ai"
TOGETHER = "api.together.ai"

INVALID_KEY = "invalid_api_key"
NO_KEY = "no_key"
NO_MODEL = "model_not_found"
NO_PATH = "not_found"

Operation = Callable[[bytes, Collection[str]], Response]
"""What stands behind a path: gets the body and the names of the models."""

# Names of models that reason unless they are told not to: gpt-5.4 and everything newer.
_REASONING = re.compile(r"gpt-(5\.([4-9]|\d\d)|[6-9]|\d\d)")


def known(model: str, models: Collection[str]) -> None:
    """Insist on a model that is there.

    Raises:
        Refusal: it is not.

    """
    if model not in models:
        raise Refusal(HTTPStatus.NOT_FOUND, NO_MODEL, f"there is no model {model} for this account", "model")


def chat(data: bytes, models: Collection[str]) -> Response:
    """Answer a chat as xAI and Together do."""
    body = read(ChatBody, data)
    known(body.model, models)
    return chat_completions.answered(body)


def openai_chat(data: bytes, models: Collection[str]) -> Response:
    """Answer a chat as OpenAI does, which has its own rules for models that reason."""
    body = read(ChatBody, data)
    known(body.model, models)
    heeds_rules_of_reasoning(body, body.model)
    return chat_completions.answered(body)


def heeds_rules_of_reasoning(body: ChatBody, model: str) -> None:
    """Insist on what OpenAI's reasoning models want of a chat.

    Raises:
        Refusal: the length is limited by the old field, or tools are offered while the model reasons.

    """
    if not _REASONING.match(model):
        return
    if body.max_tokens is not None:
        message = "max_tokens is not for this model, max_completion_tokens is"
        raise Refusal(HTTPStatus.BAD_REQUEST, "unsupported_parameter", message, "max_tokens")
    # Measured by LiteLLM's maintainers: refused without an effort too, https://github.com/BerriAI/litellm/pull/34569
    if any(tool.type == "function" for tool in body.tools) and body.reasoning_effort != "none":
        message = "tools need /v1/responses, or reasoning_effort none"
        raise Refusal(HTTPStatus.BAD_REQUEST, INVALID, message, "reasoning_effort")


def openai_responses(data: bytes, models: Collection[str]) -> Response:
    """Answer by the Responses API."""
    body = read(ResponsesBody, data)
    known(body.model, models)
    return responses.answered(body)


@dataclass(frozen=True)
class BearerSite:
    """A host whose clients show a key as `Authorization: Bearer KEY`.

    Attributes:
        key: the one that is accepted.
        models: names of the models.
        operations: path -> what answers there.
        refuses: the provider's form of a refusal.

    """

    key: str
    models: Collection[str]
    operations: Mapping[str, Operation]
    refuses: Callable[[Refusal], Response]

    def __call__(self, request: Request) -> Response:
        """Answer a request, if only by a refusal."""
        try:
            return self._answer(request)
        except Refusal as refusal:
            return self.refuses(refusal)

    def _answer(self, request: Request) -> Response:
        path = request.path.partition("?")[0]
        if path not in self.operations:
            raise Refusal(HTTPStatus.NOT_FOUND, NO_PATH, f"{request.method} {path}: nothing is here")
        posted(request)
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not key:
            raise Refusal(HTTPStatus.UNAUTHORIZED, NO_KEY, "give a key as Authorization: Bearer KEY")
        if key != self.key:
            raise Refusal(HTTPStatus.UNAUTHORIZED, INVALID_KEY, f"this key is not known: {masked(key)}")
        return self.operations[path](request.body, self.models)


def openai(key: str, models: Collection[str]) -> Site:
    """Return OpenAI."""
    operations = {"/v1/chat/completions": openai_chat, "/v1/responses": openai_responses}
    return BearerSite(key, models, operations, openai_refusal)


def xai(key: str, models: Collection[str]) -> Site:
    """Return xAI."""
    return BearerSite(key, models, {"/v1/chat/completions": chat}, _xai_refusal)


def together(key: str, models: Collection[str]) -> Site:
    """Return Together AI."""
    return BearerSite(key, models, {"/v1/chat/completions": chat}, _together_refusal)


# As OpenAI names them: https://platform.openai.com/docs/guides/error-codes
_OPENAI_CODES = {
    MISSING: "missing_required_parameter",
    UNKNOWN: "unknown_parameter",
    INVALID: None,
    NO_KEY: None,
    NO_PATH: None,
}


def openai_refusal(refusal: Refusal) -> Response:
    """Refuse as OpenAI does."""
    error = {
        "message": refusal.message,
        "type": "invalid_request_error",
        "param": refusal.parameter,
        "code": _OPENAI_CODES.get(refusal.code, refusal.code),
    }
    return document({"error": error}, refusal.status)


def _xai_refusal(refusal: Refusal) -> Response:
    # A wrong key is no 401 here but a bad request: https://github.com/openai/codex/issues/1352
    status = HTTPStatus.BAD_REQUEST if refusal.code == INVALID_KEY else refusal.status
    codes = {
        HTTPStatus.BAD_REQUEST: "Client specified an invalid argument",
        HTTPStatus.NOT_FOUND: "Some requested entity was not found",
        HTTPStatus.UNAUTHORIZED: "The request does not have valid authentication credentials",
    }
    return document({"code": codes.get(status, status.phrase), "error": refusal.message}, status)


def _together_refusal(refusal: Refusal) -> Response:
    # https://github.com/harshitv804/LawGPT/issues/4 and https://github.com/can1357/oh-my-pi/pull/8333
    if refusal.code == NO_MODEL:
        refusal = Refusal(HTTPStatus.BAD_REQUEST, "model_not_available", refusal.message, refusal.parameter)
    return replace(openai_refusal(refusal), headers={"Content-Type": "application/json", "x-request-id": identity("")})
