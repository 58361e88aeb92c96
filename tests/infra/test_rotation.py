"""Passwords that programs keep: what each program is asked, and what is left as it was when it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from ailab.secrets import GRAFANA_ADMIN, NEO4J_PASSWORD, OPEN_WEBUI_ADMIN, TABLE, SecretKey
from infra import rotation, secrets
from infra.cli import lab
from infra.errors import LabError
from infra.secret_store import Place, Stored, Unread
from tests.canaries import Search

OLD, NEW = "old-canary", "new-canary"
DOUBT = "it may have taken the new password, which the cluster has beside the old one; the same command again ends it"
Asked = list[tuple[str, str, object]]
Handler = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Stand in for every program: it says yes and keeps what it was asked."""
    kept: Asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        kept.append((request.method, request.url.path, json.loads(request.content)))
        return httpx.Response(200, json={"token": "a-session"})

    _answers(monkeypatch, answer)
    return kept


def _answers(monkeypatch: pytest.MonkeyPatch, handler: Handler) -> None:
    @contextmanager
    def forwarded(_namespace: str, service: str, port: int, *, seconds: float) -> Iterator[httpx.Client]:
        transport = httpx.MockTransport(handler)
        with httpx.Client(base_url=f"http://{service}:{port}", transport=transport, timeout=seconds) as client:
            yield client

    monkeypatch.setattr(rotation, "forwarded", forwarded)
    monkeypatch.setattr(rotation, "_email", lambda _namespace: "admin@lab.example")
    monkeypatch.setattr(rotation, "store", lambda *_known: None)


def _exchange(row: SecretKey) -> None:
    """Go on with a rotation: its next value is in the cluster."""
    rotation.exchange(Place("ai-lab", "minimal"), row, Stored({row: OLD}, {row: NEW}))


def test_every_password_that_a_program_keeps_has_its_way_of_telling() -> None:
    assert set(rotation.KEEPERS) == {row for row in TABLE if row.kept_by_program}


@pytest.mark.parametrize(
    ("row", "requests"),
    [
        (
            OPEN_WEBUI_ADMIN,
            [
                ("POST", "/api/v1/auths/signin", {"email": "admin@lab.example", "password": OLD}),
                ("POST", "/api/v1/auths/update/password", {"password": OLD, "new_password": NEW}),
            ],
        ),
        (
            GRAFANA_ADMIN,
            [("PUT", "/api/user/password", {"oldPassword": OLD, "newPassword": NEW, "confirmNew": NEW})],
        ),
        (
            NEO4J_PASSWORD,
            [
                (
                    "POST",
                    "/db/system/query/v2",
                    {
                        "statement": "ALTER CURRENT USER SET PASSWORD FROM $old TO $new",
                        "parameters": {"old": OLD, "new": NEW},
                    },
                )
            ],
        ),
    ],
    ids=lambda value: value.name if isinstance(value, SecretKey) else "",
)
def test_a_program_is_asked_by_its_own_api(asked: Asked, row: SecretKey, requests: Asked) -> None:
    _exchange(row)
    assert asked == requests


@pytest.mark.parametrize("row", rotation.KEEPERS, ids=lambda row: row.name)
@pytest.mark.parametrize(
    ("status", "message"),
    [
        (302, f"answered with status 302; {DOUBT}"),
        (500, f"answered with status 500; {DOUBT}"),
    ],
)
def test_an_answer_that_is_neither_yes_nor_no_is_told_as_a_doubt_without_either_password(
    monkeypatch: pytest.MonkeyPatch, row: SecretKey, status: int, message: str
) -> None:
    _answers(monkeypatch, lambda _request: httpx.Response(status))
    with pytest.raises(LabError) as refusal:
        _exchange(row)
    assert str(refusal.value) == f"{row.name}: {message}"


@pytest.mark.parametrize("row", rotation.KEEPERS, ids=lambda row: row.name)
def test_of_a_program_that_does_not_answer_the_error_holds_neither_password(
    monkeypatch: pytest.MonkeyPatch, row: SecretKey
) -> None:
    def break_off(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout(OLD, request=request)

    _answers(monkeypatch, break_off)
    with pytest.raises(LabError) as refusal:
        _exchange(row)
    assert str(refusal.value) == f"{row.name}: did not answer: ReadTimeout; {DOUBT}"
    assert Search((OLD, NEW)).in_error(refusal.value) == []


@pytest.mark.parametrize("said", ['{"session": "a-session-canary"}', "<a-session-canary>", '["a-session-canary"]'])
def test_a_login_that_cannot_be_read_is_told_and_not_shown(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    _answers(monkeypatch, lambda _request: httpx.Response(200, text=said))
    with pytest.raises(LabError) as refusal:
        _exchange(OPEN_WEBUI_ADMIN)
    assert str(refusal.value) == f"open-webui: answered with something that cannot be read; {DOUBT}"
    assert Search((OLD, NEW, "a-session-canary")).in_error(refusal.value) == []


@pytest.mark.usefixtures("asked")
def test_a_program_that_was_told_is_not_restarted(monkeypatch: pytest.MonkeyPatch) -> None:
    stored: list[Stored] = []
    monkeypatch.setattr(secrets, "require_cluster", lambda: None)
    monkeypatch.setattr(secrets, "read", lambda _place: Stored({NEO4J_PASSWORD: OLD}))
    monkeypatch.setattr(rotation, "generate", lambda _row: NEW)
    monkeypatch.setattr(rotation, "store", lambda _place, now: stored.append(now))
    restarted: list[frozenset[Unread]] = []
    monkeypatch.setattr(secrets, "restart", lambda _place, unread: restarted.append(unread))
    lab.main(["secrets", "rotate", "--namespace", "ai-lab", "neo4j/password"], standalone_mode=False)
    assert stored == [Stored({NEO4J_PASSWORD: OLD}, {NEO4J_PASSWORD: NEW}), Stored({NEO4J_PASSWORD: NEW})]
    assert restarted == [frozenset()]
