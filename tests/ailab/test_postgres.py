from __future__ import annotations

import signal
from pathlib import Path

from ailab.secrets import LITELLM_DATABASE
from infra import process
from testnode.patience import until
from tests.ailab.scene import Scene, ends, environment, pod


def test_storing_gives_a_role_a_database_a_password_an_edge_and_patience(scene: Scene) -> None:
    scene.gateway().stores_in(scene.postgres())
    objects = scene.objects()

    gateway, server = pod(objects, "Deployment/litellm"), pod(objects, "Deployment/postgres")
    variables = environment(gateway["containers"][0])
    assert variables["DATABASE_PASSWORD"] == "litellm-database/password"
    assert variables["DATABASE_URL"] == "postgresql://litellm:$(DATABASE_PASSWORD)@postgres:5432/litellm"
    # Kubernetes only puts in what is defined earlier.
    assert list(variables).index("DATABASE_PASSWORD") < list(variables).index("DATABASE_URL")

    waiter = gateway["initContainers"][0]
    assert (waiter["name"], waiter["command"][-2:]) == ("wait-for-postgres", ["postgres", "5432"])
    assert waiter["image"] == gateway["containers"][0]["image"]

    keeper = server["containers"][1]
    assert (keeper["name"], keeper["args"]) == ("roles", ["litellm"])
    assert environment(keeper)["PASSWORD_litellm"] == "litellm-database/password"
    assert ("litellm", "postgres", 5432) in ends(objects)
    asks = 'test -n "$(find /tmp/roles-were-asked-for -mmin -10)"'
    assert keeper["livenessProbe"]["exec"]["command"] == ["bash", "-c", asks]


def test_a_program_that_waits_for_its_database_ends_when_told_to(scene: Scene, tmp_path: Path) -> None:
    """By a handler: as the first process of its container it hears no signal without one."""
    scene.gateway().stores_in(scene.postgres())
    *interpreter, _, port = pod(scene.objects(), "Deployment/litellm")["initContainers"][0]["command"]
    log = tmp_path / "log"
    waiter = process.start([*interpreter, "postgres.invalid", port], log=log)
    until(lambda: "postgres.invalid" in log.read_text(encoding="utf-8"), 60, "it waits")
    waiter.terminate()
    assert waiter.wait(60) == 128 + signal.SIGTERM


def test_each_program_has_a_role_of_its_own(scene: Scene) -> None:
    postgres = scene.postgres()
    scene.gateway().stores_in(postgres)
    scene.chat().stores_in(postgres)
    keeper = pod(scene.objects(), "Deployment/postgres")["containers"][1]
    assert keeper["args"] == ["litellm", "openwebui"]
    assert environment(keeper) == {
        "PGPASSWORD": "postgres/superuser-password",
        "PASSWORD_litellm": "litellm-database/password",
        "PASSWORD_openwebui": "open-webui-database/password",
    }


def test_the_answer_is_an_address_that_holds_no_password(scene: Scene) -> None:
    url = scene.postgres().gives_database(scene.gateway(), "litellm", LITELLM_DATABASE, "a reason")
    assert url == "postgresql://litellm:$(DATABASE_PASSWORD)@postgres:5432/litellm"


def test_nobody_reaches_a_database_that_nobody_uses(scene: Scene) -> None:
    scene.postgres()
    assert ends(scene.objects()) == set()
