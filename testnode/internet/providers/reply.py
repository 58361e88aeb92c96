"""What the models of the test internet answer, whatever their protocol: known words, counted, and tools on request."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from testnode.internet.providers.wire import INVALID, Document, Refusal

# A person asks for a tool in these words; the test's way to make a model call one.
_ORDER = re.compile(r"Call (?P<tool>\S+) with (?P<arguments>\{.*\})", re.DOTALL)


@dataclass(frozen=True)
class Turn:
    """One message of a conversation.

    Attributes:
        text: of all its parts.
        calls: tool calls that it makes, by their ids.
        results: calls whose results it brings.

    """

    text: str = ""
    calls: tuple[str, ...] = ()
    results: tuple[str, ...] = ()


@dataclass(frozen=True)
class Usage:
    """Tokens, which are words here, of what was sent and of what is answered."""

    sent: int
    answered: int

    @property
    def total(self) -> int:
        """Both together."""
        return self.sent + self.answered


@dataclass(frozen=True)
class ToolCall:
    """A call that the model asks its client to make."""

    name: str
    arguments: str

    @property
    def values(self) -> Document:
        """The arguments, for protocols that do not send them as text."""
        values: Document = json.loads(self.arguments)
        return values


@dataclass(frozen=True)
class Reply:
    """An answer: words, or a tool call.

    Attributes:
        model: who answers.
        words: the text in pieces as they are streamed.
        call: what is asked for in place of a text.
        usage: what it costs.

    """

    model: str
    words: tuple[str, ...]
    call: ToolCall | None
    usage: Usage

    @property
    def text(self) -> str:
        """The whole text; empty beside a call."""
        return "".join(self.words)


def answer_of(model: str) -> str:
    """Return what a model says, whatever it is asked."""
    return f"These words come from {model}."


def reply(model: str, turns: Sequence[Turn], tools: Collection[str], instructions: str = "") -> Reply:
    """Answer a conversation.

    The last turn decides: `Call TOOL with {...}` calls a tool that is among `tools`, the result of a call is
    repeated, and everything else gets `answer_of`. `instructions` are counted, not followed.

    Raises:
        Refusal: there is no turn, or a result belongs to no call.

    """
    last = _checked(turns)
    sent = sum(len(text.split()) for text in (instructions, *(turn.text for turn in turns)))
    order = _ORDER.fullmatch(last.text.strip())
    if order and order["tool"] in tools:
        call = ToolCall(order["tool"], json.dumps(json.loads(order["arguments"])))
        return Reply(model, (), call, Usage(sent, len(call.arguments.split())))
    words = tuple(re.findall(r"\s*\S+", f"The tool says {last.text}" if last.results else answer_of(model)))
    return Reply(model, words, None, Usage(sent, len(words)))


def _checked(turns: Sequence[Turn]) -> Turn:
    if not turns:
        raise Refusal(HTTPStatus.BAD_REQUEST, INVALID, "at least one message is required", "messages")
    made: set[str] = set()
    for turn in turns:
        if strays := set(turn.results) - made:
            message = f"no call before this result has the id {min(strays)}"
            raise Refusal(HTTPStatus.BAD_REQUEST, INVALID, message, "messages")
        made.update(turn.calls)
    return turns[-1]
