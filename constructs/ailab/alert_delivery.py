"""Delivery of alerts by Grafana, so that the lab needs no Alertmanager: Prometheus decides, Grafana tells.

The fields are those of Grafana's file provisioning
(https://grafana.com/docs/grafana/latest/alerting/set-up/provision-alerting-resources/file-provisioning/).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ailab.alerts import Alert
from ailab.configuration import yaml_text

TOPIC_VARIABLE: Final = "ALERTS_TOPIC"
_CONTACT: Final = "ntfy"


def delivery(server: str, alerts: Sequence[Alert], *, folder: str, datasource: str) -> str:
    """Write Grafana's alerting file.

    Args:
        server: the ntfy server's address.
        alerts: what is told of.
        folder: of Grafana, to show the rules in.
        datasource: uid of Prometheus in Grafana.

    """
    return yaml_text(
        {
            "apiVersion": 1,
            "contactPoints": [{"orgId": 1, "name": _CONTACT, "receivers": [_receiver(server)]}],
            "policies": [{"orgId": 1, "receiver": _CONTACT, "group_by": ["alertname"], "repeat_interval": "12h"}],
            "groups": [
                {
                    "orgId": 1,
                    "name": "lab",
                    "folder": folder,
                    "interval": "1m",
                    "rules": [_rule(alert, datasource) for alert in alerts],
                }
            ],
        }
    )


def firing(alert: Alert) -> str:
    """Write the expression that has a value of 1 for each series that the alert fires for, and none otherwise."""
    return f'ALERTS{{alertname="{alert.name}",alertstate="firing"}}'


def _receiver(server: str) -> Mapping[str, object]:
    # Grafana puts the variable in when it reads the file; ntfy has a template for what Grafana's webhook sends
    # (https://docs.ntfy.sh/publish/#message-templating).
    url = f"{server}/${{{TOPIC_VARIABLE}}}?template=grafana"
    return {"uid": _CONTACT, "type": "webhook", "settings": {"url": url, "httpMethod": "POST"}}


def _rule(alert: Alert, datasource: str) -> Mapping[str, object]:
    """Make the rule that tells of one alert: it fires while Prometheus says that the alert does.

    The expression and its tests stay with Prometheus. Grafana alone could not be tested.
    """
    return {
        "uid": f"lab-{alert.name.lower()}",
        "title": alert.name,
        "condition": "B",
        "data": [
            _step("A", datasource, {"expr": firing(alert), "instant": True, "range": False}),
            _step("B", "__expr__", {"type": "threshold", "expression": "A", "conditions": [_ABOVE_ZERO]}),
        ],
        "for": "0s",
        "noDataState": "OK",  # nothing fires
        "execErrState": "Error",  # Prometheus does not answer: told under a name of its own
        "annotations": {"summary": alert.summary},
        "labels": {"severity": "warning"},
    }


_ABOVE_ZERO: Final = {"evaluator": {"type": "gt", "params": [0]}}


def _step(name: str, datasource: str, model: Mapping[str, object]) -> Mapping[str, object]:
    return {
        "refId": name,
        "relativeTimeRange": {"from": 600, "to": 0},
        "datasourceUid": datasource,
        "model": {"refId": name, **model},
    }
