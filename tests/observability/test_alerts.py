"""Each alert is told when it must be and not otherwise, by Prometheus's own test program."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ailab.alert_delivery import firing
from ailab.alerts import Alert, rules
from ailab.configuration import yaml_text
from infra.process import Completed, run
from testnode.programs.prometheus import MODULE
from tests.observability.alert_cases import ALERTS, CASES, Series

pytestmark = [pytest.mark.node, pytest.mark.proves(2)]

SECONDS = 60


def _told(alert: Alert, labels: Series) -> Mapping[str, object]:
    summary = alert.summary
    for name, value in labels.items():
        summary = summary.replace(f"{{{{ $labels.{name} }}}}", value)
    return {"exp_labels": {"severity": "warning", **labels}, "exp_annotations": {"summary": summary}}


def _promtool(folder: Path, alert: Alert, series: Series, minutes: int, labels: Series | None) -> Completed:
    """Ask for the alert after some minutes: it must fire with these labels, or not fire if they are None."""
    (folder / "rules.yml").write_text(yaml_text(rules(ALERTS)), encoding="utf-8")
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "alert_rule_test": [
            {
                "eval_time": f"{minutes}m",
                "alertname": alert.name,
                "exp_alerts": [] if labels is None else [_told(alert, labels)],
            }
        ],
        "promql_expr_test": [
            {
                "eval_time": f"{minutes}m",
                "expr": f"count({firing(alert)})",  # what Grafana asks in order to deliver it
                "exp_samples": [] if labels is None else [{"value": 1, "labels": "{}"}],
            }
        ],
    }
    content = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [test]}
    (folder / "test.yml").write_text(yaml_text(content), encoding="utf-8")
    return run([MODULE.recipe.folder / "promtool", "test", "rules", folder / "test.yml"], timeout=SECONDS, check=False)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_an_alert_is_told(alert: Alert, tmp_path: Path) -> None:
    case = CASES[alert.name]
    done = _promtool(tmp_path, alert, case.told, case.minutes, case.labels)
    assert done.status == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("alert", "told"),
    [pytest.param(alert, told, id=f"{alert.name}: {told}") for alert in ALERTS for told in CASES[alert.name].also],
)
def test_an_alert_is_told_for_each_thing_that_it_is_about(alert: Alert, told: str, tmp_path: Path) -> None:
    case = CASES[alert.name]
    done = _promtool(tmp_path, alert, case.also[told], case.minutes, case.labels)
    assert done.status == 0, done.stdout + done.stderr


@pytest.mark.parametrize("alert", [alert for alert in ALERTS if alert.lasting != "0s"], ids=lambda alert: alert.name)
def test_an_alert_is_not_told_before_it_has_lasted(alert: Alert, tmp_path: Path) -> None:
    minutes = int(alert.lasting.removesuffix("m")) - 1
    done = _promtool(tmp_path, alert, CASES[alert.name].told, minutes, None)
    assert done.status == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("alert", "quiet"),
    [pytest.param(alert, quiet, id=f"{alert.name}: {quiet}") for alert in ALERTS for quiet in CASES[alert.name].quiet],
)
def test_an_alert_is_not_told_for_what_is_no_harm(alert: Alert, quiet: str, tmp_path: Path) -> None:
    case = CASES[alert.name]
    done = _promtool(tmp_path, alert, case.quiet[quiet], case.minutes, None)
    assert done.status == 0, done.stdout + done.stderr


def test_promtool_accepts_the_rules(tmp_path: Path) -> None:
    file = tmp_path / "rules.yml"
    file.write_text(yaml_text(rules(ALERTS)), encoding="utf-8")
    # Its strictest: a rule that is given twice or a name that is no metric's is an error too.
    done = run(
        [MODULE.recipe.folder / "promtool", "check", "rules", "--lint=all", "--lint-fatal", file], timeout=SECONDS
    )
    assert f"{len(ALERTS)} rules found" in done.stdout
