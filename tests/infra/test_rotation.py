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
from tests.canaries import Search

OLD, NEW = "old-canary", "new-canary"
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


def test_every_password_that_a_program_keeps_has_its_way_of_telling() -> None:
    assert set(rotation.TOLD) == {row for row in TABLE if row.kept_by_program}


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
    rotation.tell(row, "ai-lab", OLD, NEW)
    assert asked == requests


@pytest.mark.parametrize("row", rotation.TOLD, ids=lambda row: row.name)
@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "does not take the password that the cluster has; it was changed there: change it there"),
        (302, "answered with status 302; nothing was changed in the cluster"),
        (500, "answered with status 500; nothing was changed in the cluster"),
    ],
)
def test_a_refusal_is_told_without_either_password(
    monkeypatch: pytest.MonkeyPatch, row: SecretKey, status: int, message: str
) -> None:
    _answers(monkeypatch, lambda _request: httpx.Response(status))
    with pytest.raises(LabError) as refusal:
        rotation.tell(row, "ai-lab", OLD, NEW)
    assert str(refusal.value) == f"{row.name}: {message}"


@pytest.mark.parametrize("row", rotation.TOLD, ids=lambda row: row.name)
def test_of_a_program_that_does_not_answer_the_error_holds_neither_password(
    monkeypatch: pytest.MonkeyPatch, row: SecretKey
) -> None:
    def break_off(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout(OLD, request=request)

    _answers(monkeypatch, break_off)
    with pytest.raises(LabError) as refusal:
        rotation.tell(row, "ai-lab", OLD, NEW)
    assert str(refusal.value) == f"{row.name}: did not answer: ReadTimeout; nothing was changed in the cluster"
    assert Search((OLD, NEW)).in_error(refusal.value) == []


@pytest.mark.parametrize("said", ['{"session": "a-session-canary"}', "<a-session-canary>", '["a-session-canary"]'])
def test_a_login_that_cannot_be_read_is_told_and_not_shown(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    _answers(monkeypatch, lambda _request: httpx.Response(200, text=said))
    with pytest.raises(LabError) as refusal:
        rotation.tell(OPEN_WEBUI_ADMIN, "ai-lab", OLD, NEW)
    message = "open-webui: answered with something that cannot be read; nothing was changed in the cluster"
    assert str(refusal.value) == message
    assert Search((OLD, NEW, "a-session-canary")).in_error(refusal.value) == []


def test_where_the_program_refuses_the_cluster_keeps_the_old_value(monkeypatch: pytest.MonkeyPatch) -> None:
    stored: list[object] = []
    monkeypatch.setattr(secrets, "require_cluster", lambda: None)
    monkeypatch.setattr(secrets, "in_cluster", lambda _place: {NEO4J_PASSWORD: OLD})
    monkeypatch.setattr(secrets, "store", lambda *known: stored.append(known))
    monkeypatch.setattr(secrets, "restart", lambda *known: stored.append(known))
    _answers(monkeypatch, lambda _request: httpx.Response(401))
    with pytest.raises(LabError, match=r"^neo4j: does not take the password that the cluster has"):
        lab.main(["secrets", "rotate", "--namespace", "ai-lab", "neo4j/password"], standalone_mode=False)
    assert stored == []


@pytest.mark.usefixtures("asked")
def test_a_program_that_was_told_is_not_restarted(monkeypatch: pytest.MonkeyPatch) -> None:
    stored: list[dict[SecretKey, str]] = []
    monkeypatch.setattr(secrets, "require_cluster", lambda: None)
    monkeypatch.setattr(secrets, "in_cluster", lambda _place: {NEO4J_PASSWORD: OLD})
    monkeypatch.setattr(secrets, "generate", lambda _row: NEW)
    monkeypatch.setattr(secrets, "store", lambda _place, values: stored.append(values))
    monkeypatch.setattr(secrets, "restart", lambda *_known: pytest.fail("nothing restarts"))
    lab.main(["secrets", "rotate", "--namespace", "ai-lab", "neo4j/password"], standalone_mode=False)
    assert stored == [{NEO4J_PASSWORD: NEW}]
