"""Open WebUI's page, as a person uses it: log in, choose a model, ask, and watch the answer appear."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Error, Page, Request, WebSocket

PATIENCE_MS: Final = 120_000  # the first words of a model on two busy cores
# Each text that the newest answer had, once: what a person saw.
WATCH: Final = """() => {
  window.shown = [];
  const look = () => {
    const text = [...document.querySelectorAll('#response-content-container')].at(-1)?.innerText.trim();
    if (text && text !== window.shown.at(-1)) window.shown.push(text);
  };
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""


@dataclass(frozen=True)
class Shown:
    """An answer: the id that the page gave it, and the texts that it had, one after the other."""

    identity: str
    texts: Sequence[str]


@dataclass
class Traffic:
    """What a page did beside what it showed: its errors, the hosts it asked, its live connections."""

    errors: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    sockets: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, page: Page) -> Self:
        """Write down from now on what the page does."""
        traffic = cls()
        page.on("console", traffic._console)
        page.on("pageerror", traffic._error)
        page.on("request", traffic._request)
        page.on("websocket", traffic._socket)
        return traffic

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _error(self, error: Error) -> None:
        self.errors.append(error.message)

    def _request(self, request: Request) -> None:
        found = urlsplit(request.url)
        if found.scheme not in {"data", "blob"}:
            self.hosts.add(found.netloc)
        if "socket.io" in found.path:
            self.sockets.add(request.url)

    def _socket(self, socket: WebSocket) -> None:
        self.sockets.add(socket.url)


@dataclass(frozen=True)
class ChatPage:
    """The chat in one tab of a browser."""

    page: Page

    @classmethod
    def opened(cls, page: Page, host: str) -> Self:
        """Open the chat under its public name."""
        page.set_default_timeout(PATIENCE_MS)
        # A user sees the news of a version once, whenever they have come.
        news = page.get_by_role("button", name="Okay, Let's Go!")
        page.add_locator_handler(news, lambda button: button.click())
        page.goto(f"https://{host}/")
        return cls(page)

    def log_in(self, email: str, password: str) -> None:
        """Fill in the login form and send it."""
        self.page.locator("input[type=email]").fill(email)
        self.page.locator("input[type=password]").fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def choose(self, model: str) -> None:
        """Take a model from the list above the chat."""
        self.page.get_by_label("Selected model").click()
        self.page.get_by_role("option", name=f"Select {model} model").click()
        self.page.get_by_label(f"Selected model: {model}").wait_for()

    def ask(self, question: str) -> Shown:
        """Type a question, send it, and watch until the answer is complete."""
        self.page.evaluate(WATCH)
        self.page.locator("#chat-input").click()
        self.page.keyboard.type(question)
        with self.page.expect_request("**/api/chat/completions") as sent:
            self.page.keyboard.press("Enter")
        identity = str(json.loads(sent.value.post_data or "{}")["id"])
        self.page.locator(f"#message-{identity}").get_by_label("Copy").wait_for()
        return Shown(identity, tuple(self.page.evaluate("window.shown")))
