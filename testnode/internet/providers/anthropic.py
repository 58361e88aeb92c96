"""Anthropic's Messages.

https://docs.anthropic.com/en/api/messages, .../messages-streaming and .../errors
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar, Literal

from pydantic import BaseModel

from testnode.internet.exchange import Request, Response
from testnode.internet.providers.reply import Reply, Turn, reply
from testnode.internet.providers.wire import (
    Body,
    Document,
    Event,
    Refusal,
    document,
    events,
    identity,
    posted,
    read,
)

HOST = "api.anthropic.com"
PATH = "/v1/messages"
VERSIONS = ("2023-01-01", "2023-06-01")  # https://docs.anthropic.com/en/api/versioning
BAD_REQUEST, DENIED, NOT_FOUND = "invalid_request_error", "authentication_error", "not_found_error"


class Block(BaseModel):
    """A part of a message, or of a tool's result."""

    type: str
    text: str = ""
    id: str | None = None
    tool_use_id: str | None = None
    content: str | tuple[Block, ...] | None = None

    def words(self) -> str:
        """Return its text, and that of what it holds."""
        inner = self.content if isinstance(self.content, str) else _words(self.content or ())
        return f"{self.text}{inner}"


class Message(BaseModel):
    """One message."""

    role: Literal["user", "assistant"]
    content: str | tuple[Block, ...]

    def turn(self) -> Turn:
        """Return it in the words of every protocol."""
        if isinstance(self.content, str):
            return Turn(self.content)
        return Turn(
            text=_words(self.content),
            calls=tuple(block.id for block in self.content if block.type == "tool_use" and block.id),
            results=tuple(block.tool_use_id for block in self.content if block.tool_use_id),
        )


class Tool(BaseModel):
    """What the model may call."""

    name: str


class MessagesBody(Body):
    """A request."""

    model: str
    max_tokens: int
    messages: tuple[Message, ...]
    system: str | tuple[Block, ...] = ""
    stream: bool = False
    tools: tuple[Tool, ...] = ()

    documented: ClassVar[str] = (
        "cache_control container context_management inference_geo mcp_servers metadata output_config "
        "output_format service_tier stop_sequences temperature thinking tool_choice top_k top_p"
    )


@dataclass(frozen=True)
class Anthropic:
    """The host of Anthropic's API.

    Attributes:
        key: that it accepts in `x-api-key`.
        models: names of the models.

    """

    key: str
    models: Collection[str]

    def __call__(self, request: Request) -> Response:
        """Answer a request, if only by a refusal."""
        name = identity("req_")
        try:
            return self._answer(request)
        except Refusal as refusal:
            kind = refusal.code if refusal.code in (DENIED, NOT_FOUND) else BAD_REQUEST
            error = {"type": kind, "message": refusal.message}
            return document({"type": "error", "error": error, "request_id": name}, refusal.status, {"request-id": name})

    def _answer(self, request: Request) -> Response:
        if request.path.partition("?")[0] != PATH:
            raise Refusal(HTTPStatus.NOT_FOUND, NOT_FOUND, "nothing is here")
        posted(request)
        if request.headers.get("x-api-key") != self.key:
            raise Refusal(HTTPStatus.UNAUTHORIZED, DENIED, "no valid key in x-api-key")
        if request.headers.get("anthropic-version") not in VERSIONS:
            raise Refusal(HTTPStatus.BAD_REQUEST, BAD_REQUEST, f"anthropic-version: one of {', '.join(VERSIONS)}")
        body = read(MessagesBody, request.body)
        if body.model not in self.models:
            raise Refusal(HTTPStatus.NOT_FOUND, NOT_FOUND, f"model: {body.model}")
        return _answered(body)


def _answered(body: MessagesBody) -> Response:
    system = body.system if isinstance(body.system, str) else _words(body.system)
    tools = {tool.name for tool in body.tools}
    said = reply(body.model, [message.turn() for message in body.messages], tools, system)
    if body.stream:
        return events(Event({"type": kind, **data}, kind) for kind, data in _stream(said))
    return document(_message(said) | {"content": [_block(said)], "stop_reason": _reason(said), "usage": _usage(said)})


def _stream(said: Reply) -> Iterator[tuple[str, Document]]:
    """Tell an answer event by event; what is answered is counted in the last but one."""
    begun = {"input_tokens": said.usage.sent, "output_tokens": 1}
    yield "message_start", {"message": _message(said) | {"content": [], "stop_reason": None, "usage": begun}}
    empty: Document = {"input": {}} if said.call else {"text": ""}
    yield "content_block_start", {"index": 0, "content_block": {**_block(said), **empty}}
    yield "ping", {}
    for delta in _deltas(said):
        yield "content_block_delta", {"index": 0, "delta": delta}
    yield "content_block_stop", {"index": 0}
    end = {"stop_reason": _reason(said), "stop_sequence": None}
    yield "message_delta", {"delta": end, "usage": {"output_tokens": said.usage.answered}}
    yield "message_stop", {}


def _deltas(said: Reply) -> list[Document]:
    if said.call:
        return [{"type": "input_json_delta", "partial_json": said.call.arguments}]
    return [{"type": "text_delta", "text": word} for word in said.words]


def _message(said: Reply) -> dict[str, object]:
    kind = {"id": identity("msg_"), "type": "message", "role": "assistant"}
    return {**kind, "model": said.model, "stop_sequence": None}


def _block(said: Reply) -> Document:
    if said.call:
        return {"type": "tool_use", "id": identity("toolu_"), "name": said.call.name, "input": said.call.values}
    return {"type": "text", "text": said.text}


def _reason(said: Reply) -> str:
    return "tool_use" if said.call else "end_turn"


def _usage(said: Reply) -> Document:
    return {"input_tokens": said.usage.sent, "output_tokens": said.usage.answered}


def _words(blocks: tuple[Block, ...]) -> str:
    return " ".join(block.words() for block in blocks)
