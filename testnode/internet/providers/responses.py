"""OpenAI's Responses, which its newer models insist on where tools are offered.

https://platform.openai.com/docs/api-reference/responses, and the types of OpenAI's Python library
(openai/types/responses/: response_create_params.py, response.py, response_*_event.py).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import ClassVar

from pydantic import BaseModel

from testnode.internet.exchange import Response
from testnode.internet.providers.chat_completions import Part
from testnode.internet.providers.reply import Reply, Turn, reply
from testnode.internet.providers.wire import Body, Document, Event, document, events, identity


class Item(BaseModel):
    """One item of the input: a message, a call of an earlier answer, or a call's result."""

    type: str = "message"
    content: str | tuple[Part, ...] = ()
    call_id: str | None = None
    output: str | tuple[Part, ...] = ()

    def turn(self) -> Turn:
        """Return it in the words of every protocol."""
        call = (self.call_id,) if self.call_id else ()
        match self.type:
            case "function_call":
                return Turn(calls=call)
            case "function_call_output":
                return Turn(text=_words(self.output), results=call)
        return Turn(_words(self.content))


class Tool(BaseModel):
    """What the model may call."""

    type: str
    name: str | None = None


class ResponsesBody(Body):
    """A request."""

    model: str
    input: str | tuple[Item, ...]
    instructions: str | None = None
    stream: bool | None = False
    tools: tuple[Tool, ...] = ()

    documented: ClassVar[str] = (
        "background context_management conversation include max_output_tokens max_tool_calls metadata "
        "moderation parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_options "
        "prompt_cache_retention reasoning safety_identifier service_tier store stream_options temperature "
        "text tool_choice top_logprobs top_p truncation user"
    )


def answered(body: ResponsesBody) -> Response:
    """Answer a request that its provider has let pass.

    Raises:
        Refusal: the items do not fit together.

    """
    items = (Item(content=body.input),) if isinstance(body.input, str) else body.input
    tools = {tool.name for tool in body.tools if tool.type == "function" and tool.name}
    said = reply(body.model, [item.turn() for item in items], tools, body.instructions or "")
    if body.stream:
        return events(_numbered(_stream(said)))
    return document(_response(said, "completed", identity("resp_"), [_item(said, "completed")]))


def _stream(said: Reply) -> Iterator[tuple[str, dict[str, object]]]:
    """Tell an answer event by event: the response, its one item, the item's parts, and each end again."""
    name, item = identity("resp_"), _item(said, "in_progress")
    yield "response.created", {"response": _response(said, "in_progress", name, [])}
    yield "response.output_item.added", {"output_index": 0, "item": item | _nothing_yet(said)}
    yield from _call(item) if said.call else _text(said, item)
    item |= {"status": "completed"}
    yield "response.output_item.done", {"output_index": 0, "item": item}
    yield "response.completed", {"response": _response(said, "completed", name, [item])}


def _text(said: Reply, item: Document) -> Iterator[tuple[str, dict[str, object]]]:
    place = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    yield "response.content_part.added", {**place, "part": _part("")}
    for word in said.words:
        yield "response.output_text.delta", {**place, "delta": word, "logprobs": []}
    yield "response.output_text.done", {**place, "text": said.text, "logprobs": []}
    yield "response.content_part.done", {**place, "part": _part(said.text)}


def _call(item: Document) -> Iterator[tuple[str, dict[str, object]]]:
    place = {"item_id": item["id"], "output_index": 0}
    yield "response.function_call_arguments.delta", {**place, "delta": item["arguments"]}
    yield "response.function_call_arguments.done", {**place, "name": item["name"], "arguments": item["arguments"]}


def _numbered(stream: Iterable[tuple[str, dict[str, object]]]) -> Iterator[Event]:
    for number, (kind, data) in enumerate(stream):
        yield Event({"type": kind, "sequence_number": number, **data}, kind)


def _response(said: Reply, status: str, name: str, output: list[Document]) -> Document:
    return {
        "id": name,
        "object": "response",
        "created_at": int(time.time()),
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": said.model,
        "output": output,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": _usage(said) if status == "completed" else None,
    }


def _item(said: Reply, status: str) -> dict[str, object]:
    if said.call:
        call = {"call_id": identity("call_"), "name": said.call.name, "arguments": said.call.arguments}
        return {"id": identity("fc_"), "type": "function_call", "status": status, **call}
    content = [_part(said.text)]
    return {"id": identity("msg_"), "type": "message", "status": status, "role": "assistant", "content": content}


def _nothing_yet(said: Reply) -> dict[str, object]:
    return {"arguments": ""} if said.call else {"content": []}


def _part(text: str) -> Document:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _usage(said: Reply) -> Document:
    return {
        "input_tokens": said.usage.sent,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": said.usage.answered,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": said.usage.total,
    }


def _words(parts: str | tuple[Part, ...]) -> str:
    return parts if isinstance(parts, str) else " ".join(part.text for part in parts)
