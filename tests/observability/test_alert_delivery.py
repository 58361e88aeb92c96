"""Alerts leave the lab by Grafana, where the lab file says so.

No Grafana is here to read its file: the fields are those of its documentation, and what they refer to is checked.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ailab.grafana import DATASOURCE, SHOWN_IN, Grafana
from ailab.spec.observability import GrafanaSpec
from infra.labs import DIST
from infra.manifests import of_kind, read
from tests.ailab.scene import Scene, ends, environment, pod
from tests.observability.alert_cases import ALERTS
from tests.policy.seeds import find

URL = "https://grafana.example"


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    scene = Scene(tmp_path)
    Grafana(scene.chart, "grafana", GrafanaSpec(), url=URL, ntfy="https://ntfy.sh").tells(ALERTS)
    return scene


@pytest.fixture
def delivery(scene: Scene) -> Any:  # noqa: ANN401 - a file of Grafana's
    return yaml.safe_load(find(scene.objects(), "ConfigMap/grafana-alerting")["data"]["lab.yaml"])


def test_alerts_go_to_a_topic_that_only_the_secret_knows(scene: Scene, delivery: Any) -> None:  # noqa: ANN401
    [receiver] = delivery["contactPoints"][0]["receivers"]
    assert (receiver["type"], receiver["settings"]) == (
        "webhook",
        {"url": "https://ntfy.sh/${ALERTS_TOPIC}?template=grafana", "httpMethod": "POST"},
    )
    [grafana] = pod(scene.objects(), "Deployment/grafana")["containers"]
    assert environment(grafana)["ALERTS_TOPIC"] == "alerts/topic"
    assert {mount["mountPath"] for mount in grafana["volumeMounts"] if mount["name"] == "grafana-alerting"} == {
        "/etc/grafana/provisioning/alerting"
    }


def test_every_alert_goes_there(delivery: Any) -> None:  # noqa: ANN401
    assert [policy["receiver"] for policy in delivery["policies"]] == [delivery["contactPoints"][0]["name"]]
    [group] = delivery["groups"]
    assert (group["folder"], [rule["title"] for rule in group["rules"]]) == (SHOWN_IN, [alert.name for alert in ALERTS])


def test_a_rule_fires_while_prometheus_says_so(delivery: Any) -> None:  # noqa: ANN401
    rule = delivery["groups"][0]["rules"][0]
    ask, compare = rule["data"]
    assert ask["datasourceUid"] == DATASOURCE
    assert ask["model"]["expr"] == 'ALERTS{alertname="TargetDown",alertstate="firing"}'
    assert (compare["datasourceUid"], compare["model"]["expression"], rule["condition"]) == ("__expr__", "A", "B")
    assert (rule["noDataState"], rule["execErrState"]) == ("OK", "Error")


def test_names_are_such_as_grafana_takes(delivery: Any) -> None:  # noqa: ANN401
    """Letters, digits, - and _, at most 40 (pkg/util/shortid_generator.go in Grafana's source)."""
    rules = delivery["groups"][0]["rules"]
    assert [rule["uid"] for rule in rules if not re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", rule["uid"])] == []
    assert len({rule["uid"] for rule in rules}) == len(rules)


def test_grafana_reaches_the_internet_for_alerts(scene: Scene) -> None:
    assert ends(scene.objects()) == {("grafana", "internet", 443)}


def test_without_a_server_nothing_leaves() -> None:
    objects = read(DIST / "gpu-lab")
    assert not {item["metadata"]["name"] for item in of_kind(objects, "ConfigMap")} & {"grafana-alerting"}
    assert ("grafana", "internet", 443) not in ends(objects)
    assert "ALERTS_TOPIC" not in environment(pod(objects, "Deployment/grafana")["containers"][0])
