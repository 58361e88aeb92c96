"""Changing secrets on the running lab: new values work, old ones do not, nobody edits a manifest."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from infra.labs import DIST
from tests.cluster.running import PROVIDER_KEYS, RunningLab
from tests.cluster.test_chat import stream

pytestmark = pytest.mark.proves(2)


def _status(lab: RunningLab, key: str) -> int:
    with lab.browser("litellm", key) as browser:
        return browser.get("/v1/models").status_code


def test_a_rotated_virtual_key_works_in_the_chat_and_the_old_one_is_refused(lab: RunningLab) -> None:
    old = lab.secret("gateway-keys/chat")
    lab.command("secrets", "rotate", "gateway-keys/chat")
    new = lab.secret("gateway-keys/chat")
    assert (_status(lab, old), _status(lab, new)) == (httpx.codes.UNAUTHORIZED, httpx.codes.OK)
    answer = stream(lab, "openwebui", "/api/chat/completions", lab.token(), "After the rotation.")
    assert answer.completion_tokens > 0


def test_a_rotated_database_password_works_and_the_old_one_is_refused(lab: RunningLab) -> None:
    old = lab.secret("litellm-database/password")
    lab.command("secrets", "rotate", "litellm-database/password")
    new = lab.secret("litellm-database/password")
    assert [logs_in(lab, "litellm", password) for password in (old, new)] == [False, True]
    assert _status(lab, lab.secret("gateway-keys/chat")) == httpx.codes.OK


def test_a_rotated_superuser_password_works_and_the_old_one_is_refused(lab: RunningLab) -> None:
    old = lab.secret("postgres/superuser-password")
    lab.command("secrets", "rotate", "postgres/superuser-password")
    new = lab.secret("postgres/superuser-password")
    assert [logs_in(lab, "postgres", password) for password in (old, new)] == [False, True]


def test_another_provider_key_brings_that_providers_models_and_taking_it_back_removes_them(
    lab: RunningLab, tmp_path: Path
) -> None:
    key = lab.secret("gateway-keys/chat")
    offered = []
    for value in ("xai-canary", ""):
        keys = tmp_path / "keys.env"
        keys.write_text("".join(f"{name}={v}\n" for name, v in {**PROVIDER_KEYS, "XAI_API_KEY": value}.items()))
        lab.command("secrets", "apply", "--env-file", keys)
        with lab.browser("litellm", key) as browser:
            offered.append("grok" in [model["id"] for model in browser.get("/v1/models").json()["data"]])
    assert offered == [True, False]


def test_applying_secrets_again_changes_nothing(lab: RunningLab) -> None:
    before = lab.kubectl("get", "secrets", "-o", "jsonpath={.items[*].metadata.resourceVersion}")
    lab.command("secrets", "apply", "--env-file", lab.home / "keys.env")
    assert lab.kubectl("get", "secrets", "-o", "jsonpath={.items[*].metadata.resourceVersion}") == before


def test_no_manifest_holds_a_value_that_the_cluster_has(lab: RunningLab) -> None:
    values = lab.kubectl(
        "get", "secrets", "-o", "go-template={{range .items}}{{range .data}}{{. | base64decode}}\n{{end}}{{end}}"
    )
    texts = "".join(file.read_text() for file in sorted(DIST.rglob("*.yaml")))
    assert [value for value in values.split() if value in texts] == []
    assert len(values.split()) == 19


def logs_in(lab: RunningLab, role: str, password: str) -> bool:
    """Try a password over the pod's own address: there PostgreSQL asks for it, unlike on loopback."""
    line = 'read -r PGPASSWORD; export PGPASSWORD; psql -h "$(hostname -i)" -U "$0" -d "$0" -Atc "select 1"'
    words = ("exec", "-i", "deployment/postgres", "-c", "postgres", "--", "sh", "-c", line, role)
    return lab.kubectl(*words, stdin=f"{password}\n", check=False).strip() == "1"
