"""Google Gemini's generateContent and streamGenerateContent.

https://ai.google.dev/api/generate-content and https://ai.google.dev/api/caching (Content, Part, Tool). Names may be
written with capitals or with underlines: https://protobuf.dev/programming-guides/json/
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar, Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict, JsonValue
from pydantic.alias_generators import to_camel

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
    text,
)

HOST = "generativelanguage.googleapis.com"
_PATH = re.compile(
    r"/(?P<version>v1|v1beta|v1alpha)/models/(?P<model>[^/:]+):(?P<method>generateContent|streamGenerateContent)"
)
EITHER = ConfigDict(alias_generator=to_camel, populate_by_name=True)
NOT_FOUND, DENIED, BAD_REQUEST = "NOT_FOUND", "PERMISSION_DENIED", "INVALID_ARGUMENT"
INVALID_KEY = "API_KEY_INVALID"


class Call(BaseModel):
    """A function's name, in a call of an earlier answer or in a call's result."""

    name: str
    response: JsonValue = None


class Part(BaseModel):
    """A part of a message."""

    model_config = EITHER
    text: str = ""
    function_call: Call | None = None
    function_response: Call | None = None

    def words(self) -> str:
        """Return its text, and that of a result in it."""
        if not self.function_response:
            return self.text
        response = self.function_response.response
        return " ".join(map(str, response.values())) if isinstance(response, dict) else str(response)


class Content(BaseModel):
    """One message."""

    role: Literal["user", "model", "function"] = "user"
    parts: tuple[Part, ...]

    def turn(self) -> Turn:
        """Return it in the words of every protocol; calls have no ids here but their functions' names."""
        return Turn(
            text=" ".join(part.words() for part in self.parts),
            calls=tuple(part.function_call.name for part in self.parts if part.function_call),
            results=tuple(part.function_response.name for part in self.parts if part.function_response),
        )


class Declaration(BaseModel):
    """A function that may be called."""

    name: str


class Tool(BaseModel):
    """What the model may use."""

    model_config = EITHER
    function_declarations: tuple[Declaration, ...] = ()


class GenerateBody(Body):
    """A request."""

    model_config = EITHER
    contents: tuple[Content, ...]
    system_instruction: Content | None = None
    tools: tuple[Tool, ...] = ()

    documented: ClassVar[str] = (
        "model toolConfig tool_config safetySettings safety_settings generationConfig generation_config "
        "cachedContent cached_content serviceTier service_tier store labels"
    )


@dataclass(frozen=True)
class Gemini:
    """The host of Google's generative models.

    Attributes:
        key: that it accepts in `x-goog-api-key` or in the address.
        models: names of the models.

    """

    key: str
    models: Collection[str]

    def __call__(self, request: Request) -> Response:
        """Answer a request, if only by a refusal."""
        try:
            return self._answer(request)
        except Refusal as refusal:
            return _refused(refusal)

    def _answer(self, request: Request) -> Response:
        url = urlsplit(request.path)
        query = parse_qs(url.query)
        found = _PATH.fullmatch(url.path)
        if not found:
            raise Refusal(HTTPStatus.NOT_FOUND, NOT_FOUND, "nothing is here")
        posted(request)
        key = request.headers.get("x-goog-api-key") or query.get("key", [""])[0]
        if not key:
            raise Refusal(HTTPStatus.FORBIDDEN, DENIED, "give a key in x-goog-api-key")
        if key != self.key:
            raise Refusal(HTTPStatus.BAD_REQUEST, INVALID_KEY, "this key is not valid")
        if found["model"] not in self.models:
            raise Refusal(HTTPStatus.NOT_FOUND, NOT_FOUND, f"models/{found['model']} is not in {found['version']}")
        said = _said(found["model"], read(GenerateBody, request.body))
        if found["method"] == "generateContent":
            return document(_answered(said, said.words, ends=True))
        if query.get("alt") == ["sse"]:
            return events(Event(piece) for piece in _stream(said))
        array = ",".join(map(text, _stream(said)))
        return Response(headers={"Content-Type": "application/json"}, body=f"[{array}]".encode())


def _said(model: str, body: GenerateBody) -> Reply:
    system = body.system_instruction.turn().text if body.system_instruction else ""
    tools = {declaration.name for tool in body.tools for declaration in tool.function_declarations}
    return reply(model, [content.turn() for content in body.contents], tools, system)


def _stream(said: Reply) -> Iterator[Document]:
    """Tell an answer piece by piece; the last one says that it ends."""
    pieces: list[tuple[str, ...]] = [(word,) for word in said.words] or [()]
    for number, piece in enumerate(pieces, start=1):
        yield _answered(said, piece, ends=number == len(pieces))


def _answered(said: Reply, words: tuple[str, ...], *, ends: bool) -> Document:
    call = said.call
    part = {"functionCall": {"name": call.name, "args": call.values}} if call else {"text": "".join(words)}
    candidate: dict[str, object] = {"content": {"role": "model", "parts": [part]}, "index": 0}
    usage = said.usage
    return {
        "candidates": [candidate | ({"finishReason": "STOP"} if ends else {})],
        "usageMetadata": {
            "promptTokenCount": usage.sent,
            "candidatesTokenCount": usage.answered,
            "totalTokenCount": usage.total,
        },
        "modelVersion": said.model,
        "responseId": identity(""),
    }


def _refused(refusal: Refusal) -> Response:
    # https://google.aip.dev/193, and for the key https://github.com/cequence-io/openai-scala-client/issues/109
    status = refusal.code if refusal.code in (NOT_FOUND, DENIED) else BAD_REQUEST
    error: dict[str, object] = {"code": int(refusal.status), "message": refusal.message, "status": status}
    if refusal.code == INVALID_KEY:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        error["details"] = [{"@type": kind, "reason": INVALID_KEY, "domain": "googleapis.com"}]
    return document({"error": error}, refusal.status)
