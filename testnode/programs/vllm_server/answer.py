"""The answer to a chat in vLLM's form, whole or streamed.

Fields and the order in which they come: vllm/entrypoints/openai/chat_completion/protocol.py and serving.py of 0.31.0.
What a model thinks is in `reasoning`; `reasoning_content` is gone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing

from testnode.internet.providers.wire import Document, Event, identity
from testnode.programs.vllm_server.chat import Plan, Token


def wanted(tokens: Generator[Token, None, None], waits: Callable[[], bool]) -> Iterator[Token]:
    """Give the tokens while the client waits; the answer of one that leaves is aborted, though nothing was sent yet.

    So does `with_cancellation` of vllm/entrypoints/utils.py.

    Raises:
        ConnectionError: it has left.

    """
    with closing(tokens):
        for token in tokens:
            if not waits():
                raise ConnectionAbortedError
            yield token


def whole(model: str, plan: Plan, tokens: Iterable[Token]) -> Document:
    """Return the answer when all tokens are there."""
    texts = {"reasoning": "", "content": ""}
    for token in tokens:
        if token.field:
            texts[token.field] += token.text
    message = {
        "role": "assistant",
        "content": texts["content"] or None,
        **dict.fromkeys(("refusal", "annotations", "audio", "function_call")),
        **({"tool_calls": [_call(plan)]} if plan.call else {}),
        "reasoning": texts["reasoning"] or None,
    }
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": plan.finish_reason}
    return {
        **_head("chat.completion", model),
        "choices": [choice | dict.fromkeys(("stop_reason", "token_ids"))],
        **dict.fromkeys(("service_tier", "system_fingerprint")),
        "usage": {**_usage(plan), "prompt_tokens_details": None},
        **dict.fromkeys(("prompt_logprobs", "prompt_token_ids", "kv_transfer_params")),
    }


def chunks(model: str, plan: Plan, tokens: Generator[Token, None, None], *, with_usage: bool) -> Iterator[Event]:
    """Give the answer's events as the tokens come; whoever stops taking events ends the tokens too."""
    head = _head("chat.completion.chunk", model)

    def event(delta: Mapping[str, object], reason: str | None = None) -> Event:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return Event(head | {"choices": [choice | ({"stop_reason": None} if reason else {})]})

    with closing(tokens):
        # The role is only said when the engine has the first token: until then a client waits for its first byte.
        for number, token in enumerate(tokens):
            if not number:
                yield event({"role": "assistant", "content": ""})
            if token.field:
                yield event({token.field: token.text})
    if plan.call:
        yield event({"tool_calls": [{**_call(plan), "index": 0}]})
    yield event({"content": ""}, plan.finish_reason)
    if with_usage:
        yield Event(head | {"choices": [], "usage": _usage(plan)})


def _head(kind: str, model: str) -> dict[str, object]:
    return {"id": identity("chatcmpl-"), "object": kind, "created": int(time.time()), "model": model}


def _call(plan: Plan) -> dict[str, object]:
    function = {"name": plan.call.name, "arguments": plan.call.arguments} if plan.call else {}
    return {"id": identity("chatcmpl-tool-"), "type": "function", "function": function}


def _usage(plan: Plan) -> Document:
    answered = len(plan.tokens)
    details = {"completion_tokens_details": {"reasoning_tokens": plan.thought}} if plan.parsed else {}
    return {
        "prompt_tokens": plan.prompt,
        "total_tokens": plan.prompt + answered,
        "completion_tokens": answered,
        **details,
    }
