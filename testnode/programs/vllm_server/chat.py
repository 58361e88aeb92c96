"""A chat request: what vLLM accepts of it, and what is generated for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import cycle, islice
from typing import Final, Literal

from pydantic import BaseModel

from testnode.internet.providers.chat_completions import Function, Message, StreamOptions, Tool
from testnode.internet.providers.reply import ToolCall, reply
from testnode.internet.providers.wire import Body, Refusal
from testnode.programs.vllm_server.model import Model
from testnode.programs.vllm_server.options import Options

BAD_REQUEST: Final = "BadRequestError"
NOT_FOUND: Final = "NotFoundError"
THINK, THOUGHT = "<think>", "</think>"


Field = Literal["reasoning", "content"]


class NamedTool(BaseModel):
    """The one tool that must be called."""

    type: Literal["function"]
    function: Function


class ChatBody(Body):
    """A request; what is not named here has no effect."""

    messages: tuple[Message, ...]
    model: str | None = None
    n: Literal[1] | None = 1
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    tools: tuple[Tool, ...] | None = None
    tool_choice: Literal["none", "auto", "required"] | NamedTool | None = None
    ignore_eos: bool = False

    def unknown(self) -> None:
        """Return nothing: vLLM passes over fields that it does not know."""

    @property
    def choice(self) -> str | NamedTool:
        """Which tools are called: with tools the default is the model's own choice."""
        return self.tool_choice or ("auto" if self.tools and "tool_choice" not in self.model_fields_set else "none")

    @property
    def most(self) -> int | None:
        """The most tokens that the answer may have."""
        return self.max_tokens if self.max_completion_tokens is None else self.max_completion_tokens


@dataclass(frozen=True)
class Token:
    """A token of the answer, and the field of the message that it belongs to; none for a mark between fields."""

    text: str
    field: Field | None


@dataclass(frozen=True)
class Plan:
    """What is generated.

    Attributes:
        prompt: tokens of the prompt.
        tokens: of the answer; those of a call are its arguments' words.
        call: the tool call that the tokens stand for.
        reason: why the engine stops: `stop` or `length`.
        parsed: whether the thought is told from the answer.
        named: whether the client said which tool is called.

    """

    prompt: int
    tokens: tuple[Token, ...]
    call: ToolCall | None
    reason: Literal["stop", "length"]
    parsed: bool
    named: bool = False

    @property
    def finish_reason(self) -> str:
        """What the client is told: of a call that it named itself, nothing special."""
        return "tool_calls" if self.call and not self.named else self.reason

    @property
    def thought(self) -> int:
        """Tokens of the thought."""
        return sum(token.field == "reasoning" for token in self.tokens)


def planned(body: ChatBody, options: Options, model: Model) -> Plan:
    """Decide what is answered.

    Raises:
        Refusal: vLLM would not answer; its code is vLLM's type of the error.

    """
    if body.model and body.model != options.served_name:
        message = f"The model `{body.model}` does not exist."
        raise Refusal(HTTPStatus.NOT_FOUND, NOT_FOUND, message, "model")
    for message, parameter in _faults(body, options):
        raise Refusal(HTTPStatus.BAD_REQUEST, BAD_REQUEST, message, parameter)
    turns = [message.turn() for message in body.messages]
    tools = {tool.function.name for tool in body.tools or () if tool.function} if body.choice != "none" else set()
    said = reply(options.served_name, turns, tools)
    room = _room(said.usage.sent, body.most, model.context)
    call = _call(body, said.call)
    if call:
        tokens = tuple(Token(word, None) for word in call.arguments.split())
    else:
        tokens = _tokens(model, said.words if turns[-1].results else model.answer, parsed=options.reasoning)
        if body.ignore_eos:  # it goes on where it would have ended, until there is no room
            more = (Token(word, "content") for word in cycle(model.answer))
            tokens = (*tokens, *islice(more, max(0, room + 1 - len(tokens))))
    if len(tokens) > room:
        return Plan(said.usage.sent, tokens[:room], None, "length", options.reasoning)
    return Plan(said.usage.sent, tokens, call, "stop", options.reasoning, isinstance(body.choice, NamedTool))


def _faults(body: ChatBody, options: Options) -> Iterator[tuple[str, str | None]]:
    """Find what vLLM refuses of a request for its model, each with the field that it names."""
    if body.stream_options and not body.stream:
        yield "Stream options can only be defined when `stream=True`.", "stream_options"
    if body.tools == ():
        yield (
            "`tools` must not be an empty array. Either provide at least one tool or omit the field entirely.",
            "tools",
        )
    if body.choice != "none" and not body.tools:
        yield "When using `tool_choice`, `tools` must be set.", "tool_choice"
    if body.choice == "auto" and not options.auto_tools:
        yield '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set', None
    elif body.choice != "none" and not options.auto_tools:
        choice = body.choice
        wanted = f'function "{choice.function.name}"' if isinstance(choice, NamedTool) else f'"{body.choice}"'
        yield f"tool_choice={wanted} requires --tool-call-parser to be set", None


def _room(prompt: int, most: int | None, context: int) -> int:
    """Return how many tokens the answer may have."""
    wanted = most or 0
    if prompt > context - wanted:
        message = (
            f"This model's maximum context length is {context} tokens. However, you requested {wanted} output tokens "
            f"and your prompt contains {prompt} input tokens, for a total of {prompt + wanted} tokens. "
            "Please reduce the length of the input prompt or the number of requested output tokens."
        )
        raise Refusal(HTTPStatus.BAD_REQUEST, BAD_REQUEST, message, "input_tokens")
    return context - prompt if most is None else most


def _call(body: ChatBody, ordered: ToolCall | None) -> ToolCall | None:
    """Return the call: the one that is ordered in words, or one that the client insists on."""
    if ordered or not body.tools or body.choice in ("none", "auto"):
        return ordered
    first = next(tool.function.name for tool in body.tools if tool.function)
    return ToolCall(body.choice.function.name if isinstance(body.choice, NamedTool) else first, "{}")


def _tokens(model: Model, answer: Sequence[str], *, parsed: bool) -> tuple[Token, ...]:
    """Return what the model generates; the parser takes the marks out and tells the thought from the answer."""
    mark: Field | None = None if parsed else "content"
    thought: Field = "reasoning" if parsed else "content"
    return (
        Token(THINK, mark),
        *(Token(word, thought) for word in model.thought),
        Token(THOUGHT, mark),
        *(Token(word, "content") for word in answer),
    )
