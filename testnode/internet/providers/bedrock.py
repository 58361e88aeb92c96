"""AWS Bedrock's Converse and ConverseStream.

Shapes from AWS's own description of the service (botocore/data/bedrock-runtime/2023-09-30/service-2.json), and
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import ClassVar, Literal
from urllib.parse import unquote

from pydantic import BaseModel, Field, JsonValue

from testnode.internet.exchange import Request, Response
from testnode.internet.providers import event_stream, wire
from testnode.internet.providers.reply import Reply, Turn, reply
from testnode.internet.providers.signature import Signer
from testnode.internet.providers.wire import Body, Document, Refusal, document, identity, read

SERVICE = "bedrock"
_PATH = re.compile(r"/model/(?P<model>[^/]+)/(?P<operation>converse|converse-stream)")
BAD_REQUEST, NO_OPERATION = "ValidationException", "UnknownOperationException"


def host(region: str) -> str:
    """Return the host of a region."""
    return f"bedrock-runtime.{region}.amazonaws.com"


class ToolUse(BaseModel):
    """A call that an earlier answer made."""

    toolUseId: str  # noqa: N815 - AWS's name, as all below
    name: str


class ResultBlock(BaseModel):
    """A part of a tool's result."""

    text: str = ""
    data: JsonValue = Field(None, alias="json")

    def words(self) -> str:
        """Return what it says, as text."""
        return self.text if self.data is None else str(self.data)


class ToolResult(BaseModel):
    """What a call brought."""

    toolUseId: str  # noqa: N815
    content: tuple[ResultBlock, ...]


class Block(BaseModel):
    """A part of a message."""

    text: str = ""
    toolUse: ToolUse | None = None  # noqa: N815
    toolResult: ToolResult | None = None  # noqa: N815

    def words(self) -> str:
        """Return its text, and that of a result in it."""
        return " ".join((self.text, *(part.words() for part in (self.toolResult.content if self.toolResult else ()))))


class Message(BaseModel):
    """One message."""

    role: Literal["user", "assistant"]
    content: tuple[Block, ...]

    def turn(self) -> Turn:
        """Return it in the words of every protocol."""
        return Turn(
            text=" ".join(block.words() for block in self.content).strip(),
            calls=tuple(block.toolUse.toolUseId for block in self.content if block.toolUse),
            results=tuple(block.toolResult.toolUseId for block in self.content if block.toolResult),
        )


class ToolSpec(BaseModel):
    """A tool's description."""

    name: str
    inputSchema: Mapping[Literal["json"], JsonValue]  # noqa: N815


class Tool(BaseModel):
    """What the model may call."""

    toolSpec: ToolSpec | None = None  # noqa: N815


class ToolConfig(BaseModel):
    """All that it may call."""

    tools: tuple[Tool, ...]


class ConverseBody(Body):
    """A request."""

    messages: tuple[Message, ...] = ()
    system: tuple[Block, ...] = ()
    toolConfig: ToolConfig | None = None  # noqa: N815

    documented: ClassVar[str] = (
        "additionalModelRequestFields additionalModelResponseFieldPaths guardrailConfig inferenceConfig "
        "outputConfig performanceConfig projectIdentifier promptVariables requestMetadata serviceTier"
    )


@dataclass(frozen=True)
class Bedrock:
    """The host of one region.

    Attributes:
        signer: whose signatures it accepts.
        models: ids of models and of inference profiles.

    """

    signer: Signer
    models: Collection[str]

    def __call__(self, request: Request) -> Response:
        """Answer a request, if only by a refusal."""
        try:
            return self._answer(request)
        except Refusal as refusal:
            code = BAD_REQUEST if refusal.code in (wire.INVALID, wire.MISSING, wire.UNKNOWN) else refusal.code
            # The error's name is in a header: https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
            return document({"message": refusal.message}, refusal.status, {"x-amzn-ErrorType": code})

    def _answer(self, request: Request) -> Response:
        found = _PATH.fullmatch(request.path.partition("?")[0])
        if not found or request.method != "POST":
            raise Refusal(HTTPStatus.NOT_FOUND, NO_OPERATION, "no such operation")
        self.signer.check(request, datetime.now(UTC))
        model = unquote(found["model"])
        if model not in self.models:
            raise Refusal(HTTPStatus.BAD_REQUEST, BAD_REQUEST, "no model or inference profile has this id")
        said = _said(model, read(ConverseBody, request.body))
        if found["operation"] == "converse":
            return document(_answered(said))
        stream = (event_stream.event(kind, wire.text(data).encode()) for kind, data in _stream(said))
        return Response(headers={"Content-Type": event_stream.CONTENT_TYPE}, stream=stream)


def _said(model: str, body: ConverseBody) -> Reply:
    system = " ".join(block.words() for block in body.system)
    tools = {tool.toolSpec.name for tool in (body.toolConfig.tools if body.toolConfig else ()) if tool.toolSpec}
    return reply(model, [message.turn() for message in body.messages], tools, system)


def _answered(said: Reply) -> Document:
    block = {"toolUse": {**_call(said), "input": said.call.values}} if said.call else {"text": said.text}
    return {
        "output": {"message": {"role": "assistant", "content": [block]}},
        "stopReason": _reason(said),
        "usage": _usage(said),
        "metrics": {"latencyMs": 1},
    }


def _stream(said: Reply) -> Iterator[tuple[str, Document]]:
    """Tell an answer event by event; only a tool's block begins with one of its own."""
    yield "messageStart", {"role": "assistant"}
    if said.call:
        yield "contentBlockStart", {"contentBlockIndex": 0, "start": {"toolUse": _call(said)}}
        deltas: list[Document] = [{"toolUse": {"input": said.call.arguments}}]
    else:
        deltas = [{"text": word} for word in said.words]
    for delta in deltas:
        yield "contentBlockDelta", {"contentBlockIndex": 0, "delta": delta}
    yield "contentBlockStop", {"contentBlockIndex": 0}
    yield "messageStop", {"stopReason": _reason(said)}
    yield "metadata", {"usage": _usage(said), "metrics": {"latencyMs": 1}}


def _call(said: Reply) -> dict[str, object]:
    return {"toolUseId": identity("tooluse_"), "name": said.call.name if said.call else ""}


def _reason(said: Reply) -> str:
    return "tool_use" if said.call else "end_turn"


def _usage(said: Reply) -> Document:
    usage = said.usage
    return {"inputTokens": usage.sent, "outputTokens": usage.answered, "totalTokens": usage.total}
