"""Phoenix's pages, as a person uses them: a first login, and the search for a trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_hex
from typing import Final, Self

import httpx
from playwright.sync_api import Locator, Page

from tests.cluster.running import RunningLab

PATIENCE_MS: Final = 120_000


@dataclass(frozen=True)
class Reader:
    """A user of Phoenix who may look at traces."""

    email: str
    password: str


@contextmanager
def reader(lab: RunningLab) -> Iterator[Reader]:
    """Let somebody into Phoenix for the length of a `with` block; they must not be logged in at its end.

    The administrator stays as they are: Phoenix asks everybody for a new password at their first login.
    """
    person = Reader(f"reader-{token_hex(8)}@example.org", token_hex(16))
    account = {"email": person.email, "username": person.email, "password": person.password}
    user = {**account, "role": "MEMBER", "auth_method": "LOCAL"}
    with lab.browser("phoenix", lab.secret("phoenix/access-key")) as api:
        made = api.post("/v1/users", json={"user": user, "send_welcome_email": False})
        made.raise_for_status()
        try:
            yield person
        finally:
            gone = api.delete(f"/v1/users/{made.json()['data']['id']}")
    assert gone.status_code == httpx.codes.NO_CONTENT, gone.text


@dataclass(frozen=True)
class PhoenixPage:
    """Phoenix in one tab of a browser."""

    page: Page
    url: str

    @classmethod
    def opened(cls, page: Page, host: str) -> Self:
        """Open Phoenix under its public name; whoever is not logged in comes to its form."""
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"https://{host}/")
        return cls(page, f"https://{host}")

    def log_in(self, email: str, password: str) -> None:
        """Fill in the login form and send it."""
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log In").click()

    def change_password(self, old: str, new: str) -> None:
        """Fill in the form that comes after a first login; the login form is next."""
        self.page.get_by_label("Old Password").fill(old)
        self.page.get_by_label("New Password").fill(new)
        self.page.get_by_label("Confirm Password").fill(new)
        self.page.get_by_role("button", name="Reset Password").click()

    def found(self, project: str, condition: str) -> Locator:
        """Give the rows of a project's spans that pass a filter; they come some time after."""
        self.page.get_by_role("link", name=project).first.click()
        self.page.locator(".cm-content").first.click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(condition)
        self.page.wait_for_url("**spanFilterCondition=**")
        return self.page.locator("tbody tr")

    def log_out(self) -> None:
        """End the session, in Phoenix too."""
        self.page.goto(f"{self.url}/auth/logout")
