"""The graph database behind its Service, by both of its protocols."""

from __future__ import annotations

import os
import re
import shlex
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx
import neo4j
import pytest
from neo4j.exceptions import AuthError

from infra import process
from testnode.patience import until
from tests.cluster.observed import GONE_SECONDS
from tests.cluster.running import RunningLab
from tests.cluster.service_door import opened
from tests.readme import way

pytestmark = pytest.mark.proves(3)

USER: Final = "neo4j"
STORE: Final = "MERGE (a:Lab {name: $lab})-[:HAS]->(b:Part {name: $part})"
COUNT: Final = "MATCH (:Lab {name: $lab})-[:HAS]->(p:Part) RETURN p.name AS part"
FORWARDED: Final = re.compile(r"127\.0\.0\.1:(\d+) -> 7687")


@pytest.fixture(scope="module")
def bolt(lab: RunningLab) -> Iterator[str]:
    with opened(lab, "neo4j", 7687) as address:
        yield f"bolt://{address}"


@pytest.fixture(scope="module")
def http(lab: RunningLab) -> Iterator[str]:
    with opened(lab, "neo4j", 7474) as address:
        yield f"http://{address}"


@pytest.fixture(scope="module")
def password(lab: RunningLab) -> str:
    return lab.secret("neo4j/password")


def _parts(bolt: str, password: str, name: str) -> list[str]:
    with neo4j.GraphDatabase.driver(bolt, auth=(USER, password)) as driver:
        records, _, _ = driver.execute_query(COUNT, lab=name)
    return [str(record["part"]) for record in records]


def _query(http: str, password: str, statement: str) -> httpx.Response:
    return httpx.post(f"{http}/db/neo4j/query/v2", auth=(USER, password), json={"statement": statement}, timeout=60)


@contextmanager
def _by_the_command_of_the_readme(lab: RunningLab) -> Iterator[str]:
    """Give `address:port` of Bolt on this machine, by any free ports: others may use those of the page."""
    [line] = way("kubectl --namespace")
    words = [f":{word}" if word.isdigit() else word for word in shlex.split(line)]
    env = {"KUBECONFIG": str(lab.node.kubeconfig), "PATH": f"{lab.home}:{os.environ['PATH']}"}
    log = lab.home / "neo4j-forward.log"
    log.unlink(missing_ok=True)
    child = process.start(words, log=log, env=env)
    try:
        until(lambda: FORWARDED.search(log.read_text()) is not None, 120, "kubectl forwards Bolt")
        [port] = FORWARDED.findall(log.read_text())
        yield f"127.0.0.1:{port}"
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


@pytest.mark.proves(3, "neo4j", "your programs -> neo4j")
def test_a_program_stores_and_finds_with_the_generated_password(bolt: str, password: str) -> None:
    with neo4j.GraphDatabase.driver(bolt, auth=(USER, password)) as driver:
        driver.execute_query(STORE, lab="bolt", part="gateway")
    assert _parts(bolt, password, "bolt") == ["gateway"]


@pytest.mark.proves(3, "your programs -> neo4j")
def test_a_program_outside_the_cluster_reaches_it_by_the_command_of_the_readme(lab: RunningLab, password: str) -> None:
    with _by_the_command_of_the_readme(lab) as address:
        uri = f"bolt://{address}"
        with neo4j.GraphDatabase.driver(uri, auth=(USER, password)) as driver:
            driver.execute_query(STORE, lab="forwarded", part="laptop")
        assert _parts(uri, password, "forwarded") == ["laptop"]


def test_a_wrong_password_is_refused(bolt: str) -> None:
    with pytest.raises(AuthError), neo4j.GraphDatabase.driver(bolt, auth=(USER, "wrong-password")) as driver:
        driver.verify_connectivity()


def test_the_same_by_http(http: str, password: str) -> None:
    answer = _query(http, password, "RETURN 6 * 7 AS answer")
    assert (answer.status_code, answer.json()["data"]["values"]) == (httpx.codes.ACCEPTED, [[42]])
    assert _query(http, "wrong-password", "RETURN 1").status_code == httpx.codes.UNAUTHORIZED


def test_the_server_runs_with_the_settings_of_its_manifest_and_those_of_its_image(bolt: str, password: str) -> None:
    query = "SHOW SETTINGS YIELD name, value WHERE name IN $names RETURN name, value"
    wanted = {
        "dbms.security.auth_enabled": "true",
        "dbms.usage_report.enabled": "false",
        "server.directories.import": "/var/lib/neo4j/import",
        "server.http.x_forward.enabled": "false",
        "server.jvm.additional": "-XX:+UseG1GC",
        "server.memory.heap.max_size": "1.00GiB",
        "server.memory.pagecache.size": "512.00MiB",
    }
    with neo4j.GraphDatabase.driver(bolt, auth=(USER, password)) as driver:
        records, _, _ = driver.execute_query(query, names=list(wanted), database_="system")
    assert {record["name"]: record["value"] for record in records} == wanted


def test_a_deleted_pod_comes_back_with_the_graph_and_the_password(lab: RunningLab, bolt: str, password: str) -> None:
    with neo4j.GraphDatabase.driver(bolt, auth=(USER, password)) as driver:
        driver.execute_query(STORE, lab="kept", part="postgres")
    lab.kubectl("delete", "pod", "-l", "app.kubernetes.io/name=neo4j", "--wait=true", timeout=GONE_SECONDS)
    lab.kubectl("rollout", "status", "deployment/neo4j", "--timeout=420s", timeout=450)
    assert _parts(bolt, password, "kept") == ["postgres"]
