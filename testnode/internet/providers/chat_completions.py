"""OpenAI's chat completions, which other providers speak too.

https://platform.openai.com/docs/api-reference/chat, and the types of OpenAI's Python library
(openai/types/chat/completion_create_params.py, chat_completion.py and chat_completion_chunk.py).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import BaseModel

from testnode.internet.exchange import Response
from testnode.internet.providers.reply import Reply, Turn, reply
from testnode.internet.providers.wire import Body, Document, Event, document, events, identity

DONE = "[DONE]"


class Part(BaseModel):
    """A part of a message; only texts are counted."""

    type: str
    text: str = ""


class Function(BaseModel):
    """A function: in a tool what may be called, in a call what is."""

    name: str


class Called(BaseModel):
    """A tool call of an earlier answer."""

    id: str
    type: Literal["function"]
    function: Function


class Tool(BaseModel):
    """What the model may call."""

    type: str
    function: Function | None = None


class Message(BaseModel):
    """One message."""

    role: Literal["developer", "system", "user", "assistant", "tool"]
    content: str | tuple[Part, ...] | None = None
    tool_calls: tuple[Called, ...] | None = None
    tool_call_id: str | None = None

    def turn(self) -> Turn:
        """Return it in the words of every protocol."""
        parts = (Part(type="text", text=self.content),) if isinstance(self.content, str) else self.content or ()
        return Turn(
            text=" ".join(part.text for part in parts),
            calls=tuple(call.id for call in self.tool_calls or ()),
            results=(self.tool_call_id,) if self.role == "tool" and self.tool_call_id else (),
        )


class StreamOptions(BaseModel):
    """What a stream says beside the answer."""

    include_usage: bool = False


class ChatBody(Body):
    """A request."""

    model: str
    messages: tuple[Message, ...]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    tools: tuple[Tool, ...] = ()
    max_tokens: int | None = None
    reasoning_effort: str | None = None

    documented: ClassVar[str] = (
        "audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens metadata "
        "modalities moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key "
        "prompt_cache_options prompt_cache_retention response_format safety_identifier seed service_tier stop "
        "store temperature tool_choice top_logprobs top_p user verbosity web_search_options"
    )


def answered(body: ChatBody) -> Response:
    """Answer a request that its provider has let pass.

    Raises:
        Refusal: the messages do not fit together.

    """
    tools = {tool.function.name for tool in body.tools if tool.function}
    said = reply(body.model, [message.turn() for message in body.messages], tools)
    if body.stream:
        with_usage = bool(body.stream_options and body.stream_options.include_usage)
        return events(_chunks(said, with_usage=with_usage), last=DONE)
    content = {"content": None, "tool_calls": _calls(said)} if said.call else {"content": said.text}
    message = {"role": "assistant", "refusal": None, **content}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _reason(said)}
    return document(_head("chat.completion", said.model) | {"choices": [choice], "usage": _usage(said)})


def _chunks(said: Reply, *, with_usage: bool) -> Iterator[Event]:
    head = _head("chat.completion.chunk", said.model)
    calls = [{"index": 0, **call} for call in _calls(said)]
    deltas = [{"tool_calls": calls}] if calls else [{"content": word} for word in said.words]
    for delta in ({"role": "assistant", "content": None if calls else ""}, *deltas):
        yield Event(head | {"choices": [_choice(delta, None)]})
    yield Event(head | {"choices": [_choice({}, _reason(said))]})
    if with_usage:
        yield Event(head | {"choices": [], "usage": _usage(said)})


def _choice(delta: Document, reason: str | None) -> Document:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}


def _head(kind: str, model: str) -> dict[str, object]:
    return {"id": identity("chatcmpl-"), "object": kind, "created": int(time.time()), "model": model}


def _calls(said: Reply) -> list[dict[str, object]]:
    if not said.call:
        return []
    function = {"name": said.call.name, "arguments": said.call.arguments}
    return [{"id": identity("call_"), "type": "function", "function": function}]


def _reason(said: Reply) -> str:
    return "tool_calls" if said.call else "stop"


def _usage(said: Reply) -> Document:
    usage = said.usage
    return {"prompt_tokens": usage.sent, "completion_tokens": usage.answered, "total_tokens": usage.total}
