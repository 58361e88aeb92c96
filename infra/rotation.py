"""Passwords that a program keeps in a database of its own: its Secret is only the first one, so it must be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import httpx
from pydantic import BaseModel, ValidationError

from ailab.secrets import GRAFANA_ADMIN, NEO4J_PASSWORD, OPEN_WEBUI_ADMIN, SecretKey
from infra.errors import LabError
from infra.forward import forwarded
from infra.kubectl import get
from infra.secret_store import Place, Stored, generate, store

SECONDS: Final = 60
_REFUSED: Final = {
    httpx.codes.BAD_REQUEST,  # Open WebUI's for a wrong password
    httpx.codes.UNAUTHORIZED,
    httpx.codes.FORBIDDEN,
}
_DOUBT: Final = (
    "it may have taken the new password, which the cluster has beside the old one; the same command again ends it"
)


@dataclass(frozen=True)
class Keeper:
    """A program that keeps its password.

    Attributes:
        service: its Service.
        port: of its API.
        change: asks it, by a client of it, in a namespace, to take a new password for the old one.
        sign_in: tries a password.

    """

    service: str
    port: int
    change: Callable[[httpx.Client, str, str, str], httpx.Response]
    sign_in: Callable[[httpx.Client, str, str], httpx.Response]


def exchange(place: Place, row: SecretKey, stored: Stored) -> None:
    """Replace a password that a program keeps.

    The next one is in the cluster before the program hears of it, so that the one that works is there wherever this is
    cut off. Where it was, the same next one is told again: the program may have it already, or be about to take it.

    Raises:
        LabError: the program takes neither, or does not answer, or the cluster does not.

    """
    keeper = KEEPERS[row]
    with forwarded(place.namespace, keeper.service, keeper.port, seconds=SECONDS) as client:
        if row not in stored.pending:
            stored = replace(stored, pending={**stored.pending, row: generate(row)})
            store(place, stored)
        following = stored.pending[row]
        failure = _tell(row, client, place.namespace, stored.values[row], following)
    if failure:
        message = f"{keeper.service}: {failure}"
        raise LabError(message)
    pending = {other: value for other, value in stored.pending.items() if other != row}
    store(place, replace(stored, values={**stored.values, row: following}, pending=pending))


def _tell(row: SecretKey, client: httpx.Client, namespace: str, old: str, new: str) -> str | None:
    """Let the program take a new password, unless it has it already; returns what went wrong.

    No error is let out: it keeps the request with both passwords.
    """
    keeper = KEEPERS[row]
    try:
        answer = keeper.change(client, namespace, old, new)
        if answer.status_code in _REFUSED:
            # Only now, not before: a request of an earlier try may have arrived as late as this one.
            answer = keeper.sign_in(client, namespace, new)
    except httpx.HTTPError as error:
        return f"did not answer: {type(error).__name__}; {_DOUBT}"
    except ValidationError:
        return f"answered with something that cannot be read; {_DOUBT}"
    return None if answer.is_success else _failure(row, answer)


def _failure(row: SecretKey, answer: httpx.Response) -> str:
    if answer.status_code in _REFUSED:
        return (
            "takes neither the password that the cluster has nor the next one; it was changed there: change it there "
            f"to what ./lab secrets show {row.name}/{row.key} prints"
        )
    return f"answered with status {answer.status_code}; {_DOUBT}"


class _Session(BaseModel):
    """What Open WebUI answers to a login."""

    token: str


def _open_webui(client: httpx.Client, namespace: str, old: str, new: str) -> httpx.Response:
    login = _open_webui_signs_in(client, namespace, old)
    if not login.is_success:
        return login
    bearer = {"Authorization": f"Bearer {_Session.model_validate_json(login.content).token}"}
    return client.post("/api/v1/auths/update/password", json={"password": old, "new_password": new}, headers=bearer)


def _open_webui_signs_in(client: httpx.Client, namespace: str, password: str) -> httpx.Response:
    return client.post("/api/v1/auths/signin", json={"email": _email(namespace), "password": password})


def _email(namespace: str) -> str:
    """Ask the cluster for the administrator's login: a lab that is composed in Python has no file that says it."""
    [container] = get(f"--namespace={namespace}", "deployment/open-webui")["spec"]["template"]["spec"]["containers"]
    return next(str(one["value"]) for one in container["env"] if one["name"] == "WEBUI_ADMIN_EMAIL")


def _grafana(client: httpx.Client, _namespace: str, old: str, new: str) -> httpx.Response:
    body = {"oldPassword": old, "newPassword": new, "confirmNew": new}
    return client.put("/api/user/password", json=body, auth=("admin", old))


def _grafana_signs_in(client: httpx.Client, _namespace: str, password: str) -> httpx.Response:
    return client.get("/api/user", auth=("admin", password))


def _neo4j(client: httpx.Client, _namespace: str, old: str, new: str) -> httpx.Response:
    # https://neo4j.com/docs/query-api/current/ and Cypher's ALTER CURRENT USER
    statement = "ALTER CURRENT USER SET PASSWORD FROM $old TO $new"
    body = {"statement": statement, "parameters": {"old": old, "new": new}}
    return client.post("/db/system/query/v2", json=body, auth=("neo4j", old))


def _neo4j_signs_in(client: httpx.Client, _namespace: str, password: str) -> httpx.Response:
    return client.post("/db/neo4j/query/v2", json={"statement": "RETURN 1"}, auth=("neo4j", password))


KEEPERS: Final[Mapping[SecretKey, Keeper]] = {
    OPEN_WEBUI_ADMIN: Keeper("open-webui", 8080, _open_webui, _open_webui_signs_in),
    GRAFANA_ADMIN: Keeper("grafana", 3000, _grafana, _grafana_signs_in),
    NEO4J_PASSWORD: Keeper("neo4j", 7474, _neo4j, _neo4j_signs_in),
}
