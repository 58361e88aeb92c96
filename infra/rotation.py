"""Passwords that a program keeps in a database of its own: its Secret is only the first one, so it must be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import httpx
from pydantic import BaseModel, ValidationError

from ailab.secrets import GRAFANA_ADMIN, NEO4J_PASSWORD, OPEN_WEBUI_ADMIN, SecretKey
from infra.errors import LabError
from infra.forward import forwarded
from infra.kubectl import get

SECONDS: Final = 60
_REFUSED: Final = {
    httpx.codes.BAD_REQUEST,  # Open WebUI's for a wrong password
    httpx.codes.UNAUTHORIZED,
    httpx.codes.FORBIDDEN,
}
Tell = Callable[[httpx.Client, str, str, str], httpx.Response]
"""Ask a program, by a client of it, in a namespace, to take a new password for the old one."""


def tell(row: SecretKey, namespace: str, old: str, new: str) -> None:
    """Let the program take a new password.

    Raises:
        LabError: the old one is not its password any more, or it does not answer.

    """
    service, port, ask = TOLD[row]
    with forwarded(namespace, service, port, seconds=SECONDS) as client:
        try:
            answer = ask(client, namespace, old, new)
        except httpx.HTTPError as error:
            failure = f"did not answer: {type(error).__name__}; nothing was changed in the cluster"
        except ValidationError:
            failure = "answered with something that cannot be read; nothing was changed in the cluster"
        else:
            if answer.is_success:
                return
            failure = _failure(answer)
    # After the `except`: an exception keeps the one that it comes from, and that the request with both passwords.
    message = f"{service}: {failure}"
    raise LabError(message)


def _failure(answer: httpx.Response) -> str:
    if answer.status_code in _REFUSED:
        return "does not take the password that the cluster has; it was changed there: change it there"
    return f"answered with status {answer.status_code}; nothing was changed in the cluster"


class _Session(BaseModel):
    """What Open WebUI answers to a login."""

    token: str


def _open_webui(client: httpx.Client, namespace: str, old: str, new: str) -> httpx.Response:
    login = client.post("/api/v1/auths/signin", json={"email": _email(namespace), "password": old})
    if not login.is_success:
        return login
    bearer = {"Authorization": f"Bearer {_Session.model_validate_json(login.content).token}"}
    return client.post("/api/v1/auths/update/password", json={"password": old, "new_password": new}, headers=bearer)


def _email(namespace: str) -> str:
    """Ask the cluster for the administrator's login: a lab that is composed in Python has no file that says it."""
    [container] = get(f"--namespace={namespace}", "deployment/open-webui")["spec"]["template"]["spec"]["containers"]
    return next(str(one["value"]) for one in container["env"] if one["name"] == "WEBUI_ADMIN_EMAIL")


def _grafana(client: httpx.Client, _namespace: str, old: str, new: str) -> httpx.Response:
    body = {"oldPassword": old, "newPassword": new, "confirmNew": new}
    return client.put("/api/user/password", json=body, auth=("admin", old))


def _neo4j(client: httpx.Client, _namespace: str, old: str, new: str) -> httpx.Response:
    # https://neo4j.com/docs/query-api/current/ and Cypher's ALTER CURRENT USER
    statement = "ALTER CURRENT USER SET PASSWORD FROM $old TO $new"
    body = {"statement": statement, "parameters": {"old": old, "new": new}}
    return client.post("/db/system/query/v2", json=body, auth=("neo4j", old))


TOLD: Final[Mapping[SecretKey, tuple[str, int, Tell]]] = {
    OPEN_WEBUI_ADMIN: ("open-webui", 8080, _open_webui),
    GRAFANA_ADMIN: ("grafana", 3000, _grafana),
    NEO4J_PASSWORD: ("neo4j", 7474, _neo4j),
}
