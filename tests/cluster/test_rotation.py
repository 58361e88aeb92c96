"""Every secret that `./lab secrets rotate` replaces: its new value works, its old one is refused."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from ailab.secrets import TABLE, Origin
from infra.secrets import identity
from tests.cluster.running import RunningLab
from tests.cluster.service_door import opened
from tests.cluster.test_secrets import logs_in

pytestmark = [pytest.mark.proves(2), pytest.mark.long]

Works = Callable[[RunningLab, str], bool]
"""Whether a value works now, as whoever uses it finds out."""


def _gateway_key(lab: RunningLab, key: str) -> bool:
    with lab.browser("litellm", key) as browser:
        return browser.get("/v1/models").status_code == httpx.codes.OK


def _phoenix_key(lab: RunningLab, key: str) -> bool:
    with lab.browser("phoenix", key) as browser:
        return browser.get("/v1/projects").status_code == httpx.codes.OK


def _role(role: str) -> Works:
    return lambda lab, password: logs_in(lab, role, password)


def _in_the_pods_environment(deployment: str) -> Works:
    """Compare what the running pod has: no client ever presents such a value."""

    def works(lab: RunningLab, value: str) -> bool:
        return value in lab.kubectl("exec", f"deployment/{deployment}", "-c", deployment, "--", "env")

    return works


def _signs_in(lab: RunningLab, password: str) -> bool:
    with lab.browser("openwebui") as browser:
        login = {"email": lab.spec.chat.admin_email, "password": password}
        return browser.post("/api/v1/auths/signin", json=login).status_code == httpx.codes.OK


def _opens_the_graph(lab: RunningLab, password: str) -> bool:
    with opened(lab, "neo4j", 7474) as address:
        body = {"statement": "RETURN 1"}
        answer = httpx.post(f"http://{address}/db/neo4j/query/v2", json=body, auth=("neo4j", password), timeout=60)
    return answer.status_code == httpx.codes.ACCEPTED


WORKS: dict[str, Works] = {
    "postgres/superuser-password": _role("postgres"),
    "litellm-database/password": _role("litellm"),
    "open-webui-database/password": _role("openwebui"),
    "phoenix-database/password": _role("phoenix"),
    "litellm/master-key": _gateway_key,
    "gateway-keys/chat": _gateway_key,
    "gateway-keys/embedding": _gateway_key,
    "phoenix/access-key": _phoenix_key,
    "open-webui/admin-password": _signs_in,
    "neo4j/password": _opens_the_graph,
    "open-webui/session-key": _in_the_pods_environment("open-webui"),
    "phoenix/session-key": _in_the_pods_environment("phoenix"),
    "searxng/secret-key": _in_the_pods_environment("searxng"),
}
# Grafana's, which cannot be had here.
UNSEEN = {"alerts/topic", "grafana/admin-password"}


def test_every_secret_that_is_rotated_has_its_test() -> None:
    rotated = {identity(row) for row in TABLE if row.origin is Origin.GENERATED and not row.why_not_rotated}
    assert set(WORKS) | UNSEEN == rotated


@pytest.mark.parametrize("name", sorted(WORKS))
def test_after_a_rotation_the_new_value_works_and_the_old_one_is_refused(lab: RunningLab, name: str) -> None:
    works, old = WORKS[name], lab.secret(name)
    assert works(lab, old)
    lab.command("secrets", "rotate", name)
    new = lab.secret(name)
    assert new != old
    assert [works(lab, value) for value in (old, new)] == [False, True]


def test_a_session_of_before_is_ended_by_another_session_key(lab: RunningLab) -> None:
    token = lab.token()
    assert _greeted(lab, token)
    lab.command("secrets", "rotate", "open-webui/session-key")
    assert not _greeted(lab, token)
    assert _greeted(lab, lab.token())


def _greeted(lab: RunningLab, token: str) -> bool:
    with lab.browser("openwebui", token) as browser:
        return browser.get("/api/v1/auths/").status_code == httpx.codes.OK


def test_a_lab_whose_secrets_were_all_rotated_holds_together(lab: RunningLab) -> None:
    done = lab.command("doctor", "--json", "--door", lab.door, check=False)
    assert '"state": "broken"' not in "".join(
        line for line in done.stdout.splitlines(keepends=True) if "grafana" not in line and "dcgm" not in line
    )
