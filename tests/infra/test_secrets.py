"""`./lab secrets` with a kubectl that keeps its cluster in a folder."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest

from ailab.secrets import TABLE, Origin, SecretKey
from infra.errors import LabError
from infra.labs import DIST
from infra.secrets import identity
from tests.canaries import Search
from tests.infra.secrets_cluster import Cluster
from tests.lab_files import MINIMAL

GENERATED = [row for row in TABLE if row.origin is Origin.GENERATED]
ROTATED = [row for row in GENERATED if row.why_not_rotated is None and not row.kept_by_program]
KEY = "sk-canary-of-a-provider"


def test_apply_generates_every_value_in_its_form(cluster: Cluster) -> None:
    _, err = cluster.run("apply")
    values = cluster.values()
    assert set(values) == {identity(row) for row in GENERATED}
    assert len(set(values.values())) == len(values)
    assert all(re.fullmatch(r"(sk-)?[0-9a-f]{64}", value) for value in values.values())
    assert values["litellm/master-key"].startswith("sk-")
    assert err == f"generated: {len(values)}; given values changed: 0; in the cluster now: {len(values)}\n"


def test_apply_makes_the_namespace_first_and_sends_values_by_stdin_alone(cluster: Cluster) -> None:
    cluster.run("apply")
    namespace = ["apply", f"--filename={DIST / 'minimal' / '00-namespace.yaml'}"]
    assert cluster.calls() == [
        ["get", "--raw", "/readyz", "--request-timeout=10s"],
        namespace,
        ["get", "secrets", "--namespace=ai-lab", "--output=json"],
        ["apply", "--server-side", "--force-conflicts", "--field-manager=gpu-lab", "--filename=-"],
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("OPENAI_KEY=x", ".env: line 1: no program reads OPENAI_KEY; did you mean OPENAI_API_KEY?"),
        ("broken line", ".env: line 1: gives nothing; write NAME=value"),
    ],
)
def test_a_mistyped_line_of_the_owners_file_is_told_before_anything_is_done(
    cluster: Cluster, line: str, message: str
) -> None:
    Path(".env").write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(LabError, match=f"^{re.escape(message)}$"):
        cluster.run("apply")
    assert cluster.calls() == []


def test_a_database_url_is_taken_over_and_one_that_is_missing_is_told(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cluster.folder.parent / "labs" / "minimal.toml").write_text(
        MINIMAL + 'without = ["chat", "search"]\npostgres.existing.network = "10.20.0.5/32"\n', encoding="utf-8"
    )
    url = "postgresql://litellm:canary@db.example:5432/litellm?sslmode=require"
    monkeypatch.setenv("LITELLM_DATABASE_URL", url)
    out, err = cluster.run("apply")
    assert cluster.values()["databases/LITELLM_DATABASE_URL"] == url
    assert err.splitlines()[1:] == ["PHOENIX_DATABASE_URL: not given yet; phoenix waits for it, see .env.example"]
    assert "canary" not in out + err + json.dumps(cluster.calls())


@pytest.mark.parametrize("value", ["canary", "mysql://role:canary@host/database", "postgresql://role:canary@host"])
def test_what_is_no_database_url_is_refused_without_being_shown(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("OPEN_WEBUI_DATABASE_URL", value)
    message = "OPEN_WEBUI_DATABASE_URL: is no URL of PostgreSQL; write postgresql://role:password@host:port/database"
    with pytest.raises(LabError, match=f"^{re.escape(message)}$"):
        cluster.run("apply")
    assert cluster.calls() == []


def test_a_file_may_hold_the_database_url_of_another_program(cluster: Cluster) -> None:
    Path(".env").write_text("DATABASE_URL=sqlite://\n", encoding="utf-8")
    _, err = cluster.run("apply")
    assert "given values changed: 0;" in err


def test_a_lab_without_a_file_is_named_by_its_namespace(cluster: Cluster) -> None:
    cluster.run("apply", "--namespace", "gateway")
    [_, read, _] = cluster.calls()
    assert read == ["get", "secrets", "--namespace=gateway", "--output=json"]
    items = json.loads((cluster.folder / "secrets.json").read_text(encoding="utf-8"))
    assert {
        (item["metadata"]["namespace"], item["metadata"]["labels"]["app.kubernetes.io/part-of"]) for item in items
    } == {("gateway", "gateway")}
    assert cluster.run("show", "--namespace", "gateway", "litellm/master-key")[0].startswith("sk-")


def test_a_namespace_and_a_lab_with_a_file_are_one_too_many(cluster: Cluster) -> None:
    with pytest.raises(LabError, match=r"^--namespace: is for a lab without a file, and --lab names one with a file; "):
        cluster.run("apply", "--namespace", "gateway", "--lab", "minimal")
    assert cluster.calls() == []


def test_the_first_apply_restarts_nothing_since_every_program_waits_for_it(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.has(litellm="Deployment")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    _, err = cluster.run("apply")
    assert len(err.splitlines()) == 1


def test_apply_keeps_what_is_there_and_makes_what_is_missing(cluster: Cluster) -> None:
    cluster.run("apply")
    before = cluster.values()
    items = json.loads((cluster.folder / "secrets.json").read_text(encoding="utf-8"))
    kept = [item for item in items if item["metadata"]["name"] != "gateway-keys"]
    (cluster.folder / "secrets.json").write_text(json.dumps(kept), encoding="utf-8")
    _, err = cluster.run("apply")
    after = cluster.values()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"gateway-keys/chat", "gateway-keys/embedding"}
    assert err.startswith("generated: 2; ")


def test_a_providers_key_comes_from_the_file_and_the_environment_wins(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(".env").write_text(f"OPENAI_API_KEY={KEY}\nXAI_API_KEY=from-file\nUNRELATED=1\n", encoding="utf-8")
    monkeypatch.setenv("XAI_API_KEY", "from-environment")
    _, err = cluster.run("apply")
    given = {name: value for name, value in cluster.values().items() if name.startswith("providers/")}
    assert given == {"providers/OPENAI_API_KEY": KEY, "providers/XAI_API_KEY": "from-environment"}
    assert "given values changed: 2;" in err


def test_an_absent_line_keeps_a_providers_key_and_an_empty_value_takes_it_back(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    cluster.run("apply")
    monkeypatch.delenv("OPENAI_API_KEY")
    cluster.run("apply")
    assert cluster.values()["providers/OPENAI_API_KEY"] == KEY
    Path("keys.env").write_text("OPENAI_API_KEY=\n", encoding="utf-8")
    _, err = cluster.run("apply", "--env-file", "keys.env")
    assert "providers/OPENAI_API_KEY" not in cluster.values()
    assert "given values changed: 1;" in err


def test_a_changed_providers_key_restarts_the_gateway_and_then_registers_the_keys(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.has(virtual_keys="CronJob", litellm="Deployment", postgres="Deployment")
    cluster.run("apply")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    _, err = cluster.run("apply")
    assert err.splitlines()[1:] == ["restarting litellm", "running virtual-keys"]
    restart, told, status, create, told_too, wait, delete = cluster.calls()[-7:]
    assert restart == ["rollout", "restart", "--namespace=ai-lab", "deployment/litellm"]
    assert told == ["annotate", "--namespace=ai-lab", "secret/providers", "gpu-lab/unread-by-litellm-"]
    assert status == ["rollout", "status", "--namespace=ai-lab", "deployment/litellm", "--timeout=600s"]
    job = create[3]
    assert re.fullmatch(r"virtual-keys-now-[0-9]+", job)
    assert create == ["create", "job", "--namespace=ai-lab", job, "--from=cronjob/virtual-keys"]
    assert told_too == ["annotate", "--namespace=ai-lab", "secret/providers", "gpu-lab/unread-by-virtual-keys-"]
    assert wait == ["wait", "--namespace=ai-lab", f"job/{job}", "--for=condition=Complete", "--timeout=600s"]
    assert delete == ["delete", "job", "--namespace=ai-lab", job, "--ignore-not-found"]


@pytest.mark.parametrize("row", ROTATED, ids=identity)
def test_rotate_changes_one_value_and_restarts_those_that_read_it(cluster: Cluster, row: SecretKey) -> None:
    cluster.has(**{user.replace("-", "_"): "Deployment" for user in ("open-webui", "litellm", "postgres")})
    cluster.run("apply")
    before = cluster.values()
    _, err = cluster.run("rotate", identity(row))
    after = cluster.values()
    assert {name for name in before if before[name] != after[name]} == {identity(row)}
    *restarts, last = err.splitlines()
    assert set(restarts) <= {f"restarting {user}" for user in row.users}
    assert last == f"{identity(row)} has a new value"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("litellm/salt-key", "is not rotated: it encrypts what LiteLLM has stored in its database; "),
        ("phoenix/admin-password", "is not rotated: Phoenix asks for another at the first login, "),
        ("providers/XAI_API_KEY", "is given, not generated; put the new value into .env and run ./lab secrets apply"),
        ("postgres/superuser-password", "not in the cluster; ./lab secrets apply makes it"),
        ("postgres/password", "no such secret; did you mean postgres/superuser-password?"),
        ("nothing", "no such secret; ./lab secrets show lists them"),
    ],
)
def test_rotate_refuses_with_the_reason(cluster: Cluster, name: str, message: str) -> None:
    with pytest.raises(LabError, match=f"^{re.escape(f'{name}: {message}')}"):
        cluster.run("rotate", name)
    assert [call for call in cluster.calls() if call[0] != "get"] == []


def test_show_writes_one_value_alone_to_stdout(cluster: Cluster) -> None:
    cluster.run("apply")
    assert cluster.run("show", "litellm/master-key") == (cluster.values()["litellm/master-key"] + "\n", "")


def test_show_without_a_name_lists_the_table_and_no_value(cluster: Cluster) -> None:
    cluster.run("apply")
    out, _ = cluster.run("show")
    assert [line.split()[0] for line in out.splitlines()] == [identity(row) for row in TABLE]
    assert re.search(r"^litellm/master-key +generated +is there$", out, re.MULTILINE)
    assert re.search(r"^providers/XAI_API_KEY +given +is absent$", out, re.MULTILINE)
    assert not [value for value in cluster.values().values() if value in out]


def test_show_tells_how_an_absent_value_comes_to_be(cluster: Cluster) -> None:
    with pytest.raises(LabError, match=r"^litellm/master-key: not in the cluster; \./lab secrets apply makes"):
        cluster.run("show", "litellm/master-key")


def test_no_value_is_in_arguments_output_or_errors(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.has(litellm="Deployment", postgres="Deployment", virtual_keys="CronJob")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    said = [*cluster.run("apply"), *cluster.run("rotate", "litellm/master-key")]
    values = cluster.values().values()
    cluster.refuses("rollout")
    with pytest.raises(LabError) as caught:
        cluster.run("rotate", "litellm/master-key")
    said += [str(caught.value), *cluster.capture.readouterr(), json.dumps(cluster.calls())]
    secret = {*values, *cluster.values().values()}
    encoded = {base64.b64encode(value.encode()).decode() for value in secret}
    assert KEY in secret
    assert [value for value in secret | encoded for text in said if value in text] == []


@pytest.mark.parametrize(("words", "verb"), [("get secrets", "get"), ("apply --server-side", "apply")])
def test_of_what_kubectl_says_of_secrets_nothing_is_told(cluster: Cluster, words: str, verb: str) -> None:
    cluster.run("apply")
    values = cluster.values().values()
    encoded = [base64.b64encode(value.encode()).decode() for value in values]
    cluster.shouts(words)
    with pytest.raises(LabError) as caught:
        cluster.run("rotate", "litellm/master-key")
    assert str(caught.value) == (
        f"the Secrets of ai-lab: kubectl {verb} ended with status 1; what it said may hold values and is not shown, "
        "but kubectl get secrets --namespace=ai-lab --output=name may say why"
    )
    assert caught.value.__context__ is None
    assert [value for value in (*values, *encoded) if value in "".join(cluster.capture.readouterr())] == []


@pytest.mark.parametrize("text", ["canary", "{}", '{"metadata": {"name": "litellm"}, "data": {"master-key": "/w=="}}'])
def test_an_answer_that_holds_no_secrets_is_told_and_not_shown(cluster: Cluster, text: str) -> None:
    (cluster.folder / "secrets.json").write_text(f"[{text}]" if text.startswith("{") else '"canary"', encoding="utf-8")
    with pytest.raises(LabError) as caught:
        cluster.run("show")
    assert str(caught.value) == ("the Secrets of ai-lab: kubectl gives something that cannot be read, and is not shown")
    assert caught.value.__context__ is None


def test_a_cluster_that_does_not_answer_is_told_in_kubectls_words(cluster: Cluster) -> None:
    cluster.refuses("apply")
    with pytest.raises(LabError, match=r"^kubectl: ended with status 1: error: the server could not be reached$"):
        cluster.run("apply")


def test_without_kubectl_it_is_told_to_be_installed(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LabError, match=r"^kubectl: program not found; install it or put it on PATH$"):
        cluster.run("show")


def test_an_env_file_in_another_encoding_is_told_to_be_one(cluster: Cluster) -> None:
    Path(".env").write_bytes(f"OPENAI_API_KEY={KEY}\n# caf".encode() + b"\xe9\n")
    with pytest.raises(LabError, match=r"^\.env: is not UTF-8; save the file in that encoding$") as caught:
        cluster.run("apply")
    assert Search((KEY,)).in_error(caught.value) == []
    assert not (cluster.folder / "secrets.json").exists()
