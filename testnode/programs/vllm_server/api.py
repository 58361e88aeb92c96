"""What the server answers at each of its addresses."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

from testnode.internet.exchange import Request, Response
from testnode.internet.providers.wire import Document, Refusal, document, events, identity, read
from testnode.programs.vllm_server.answer import chunks, wanted, whole
from testnode.programs.vllm_server.chat import BAD_REQUEST, NOT_FOUND, ChatBody, planned
from testnode.programs.vllm_server.engine import Engine
from testnode.programs.vllm_server.metrics import Metrics
from testnode.programs.vllm_server.model import Model
from testnode.programs.vllm_server.options import Options

VERSION: Final = "0.31.0"
METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Api:
    """The addresses of one server with one model."""

    def __init__(self, options: Options, model: Model, engine: Engine, metrics: Metrics) -> None:
        self._options, self._model, self._engine, self._metrics = options, model, engine, metrics
        self._answers: Mapping[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "/health"): lambda _: Response(),
            ("GET", "/version"): lambda _: document({"version": VERSION}),
            ("GET", "/metrics"): lambda _: Response(
                headers={"Content-Type": METRICS_TYPE}, body=metrics.text().encode()
            ),
            ("GET", "/v1/models"): lambda _: document({"object": "list", "data": [self._card()]}),
            ("POST", "/v1/chat/completions"): self._chat,
        }

    def __call__(self, request: Request) -> Response:
        """Answer; what vLLM refuses is answered in its own form of an error."""
        try:
            return self._answers.get((request.method, request.path), _unknown)(request)
        except Refusal as refusal:
            return document({"error": _error(refusal)}, refusal.status)

    def _chat(self, request: Request) -> Response:
        body = read(ChatBody, request.body)
        plan = planned(body, self._options, self._model)
        tokens = self._engine.generate(plan.prompt, plan.tokens, plan.reason)
        name = self._options.served_name
        if not body.stream:
            return document(whole(name, plan, wanted(tokens, request.waits)))
        with_usage = bool(body.stream_options and body.stream_options.include_usage)
        return events(chunks(name, plan, tokens, with_usage=with_usage), last="[DONE]")

    def _card(self) -> Document:
        now = int(time.time())
        permission = {
            "id": identity("modelperm-"),
            "object": "model_permission",
            "created": now,
            "allow_create_engine": False,
            "allow_sampling": True,
            "allow_logprobs": True,
            "allow_search_indices": False,
            "allow_view": True,
            "allow_fine_tuning": False,
            "organization": "*",
            "group": None,
            "is_blocking": False,
        }
        return {
            "id": self._options.served_name,
            "object": "model",
            "created": now,
            "owned_by": "vllm",
            "root": self._options.model,
            "parent": None,
            "max_model_len": self._model.context,
            "permission": [permission],
        }


def _unknown(_request: Request) -> Response:
    raise Refusal(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.phrase, HTTPStatus.NOT_FOUND.phrase)


def _error(refusal: Refusal) -> Document:
    # A body that cannot be read has a code of the reader's; vLLM calls all of these the same.
    known = {BAD_REQUEST, NOT_FOUND, HTTPStatus.NOT_FOUND.phrase}
    kind = refusal.code if refusal.code in known else "Bad Request"
    return {"message": refusal.message, "type": kind, "param": refusal.parameter, "code": refusal.status}
