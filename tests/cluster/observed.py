"""What the lab remembers of itself, asked as its operator asks: traces of Phoenix, numbers of Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Self

import httpx

from tests.cluster.running import RunningLab

GONE_SECONDS: Final = 300  # twice what the most patient part, the gateway, may take to end


@dataclass(frozen=True)
class Span:
    """One step of a trace; the attributes are named by OpenInference."""

    trace: str
    parent: str | None
    name: str
    kind: str
    attributes: dict[str, Any]

    @classmethod
    def of(cls, span: dict[str, Any]) -> Self:
        """Read what Phoenix answers."""
        context = span["context"]
        return cls(context["trace_id"], span["parent_id"], span["name"], span["span_kind"], span["attributes"])


def spans(lab: RunningLab, **filters: str) -> list[Span]:
    """Ask Phoenix for all spans of the lab's project that pass its filters; the project begins with its first trace."""
    found: list[Span] = []
    query = {"limit": "1000", **filters}
    with lab.browser("phoenix", lab.secret("phoenix/access-key")) as browser:
        while True:
            answer = browser.get(f"/v1/projects/{lab.spec.namespace}/spans", params=query)
            if answer.status_code == httpx.codes.NOT_FOUND:
                return found
            answer.raise_for_status()
            page = answer.json()
            found += map(Span.of, page["data"])
            if not page["next_cursor"]:
                return found
            query["cursor"] = page["next_cursor"]


def of_answer(lab: RunningLab, identity: str) -> list[Span]:
    """Give the spans of the model's work for one answer, one for each trace of it; none while they are on their way.

    The gateway's span around them says the same of tokens and content: counted too, it would double them.
    """
    return spans(lab, attribute=f"llm.response.id:{identity}", name="litellm_request")


def total(prometheus: str, query: str) -> float:
    """Ask Prometheus for one number; 0 where there is no series yet."""
    answer = httpx.get(f"http://{prometheus}/api/v1/query", params={"query": query}, timeout=30)
    answer.raise_for_status()
    found = answer.json()["data"]["result"]
    return float(found[0]["value"][1]) if found else 0.0


@dataclass(frozen=True)
class Counted:
    """What Prometheus knows of one model."""

    requests: float
    tokens: float


def counted(prometheus: str, model: str) -> Counted:
    """Count the requests for a model that got an answer, and their tokens."""
    answered = f'{{requested_model="{model}",status_code="200"}}'
    return Counted(
        requests=total(prometheus, f"sum(litellm_proxy_total_requests_metric_total{answered})"),
        tokens=total(prometheus, f'sum(litellm_total_tokens_metric_total{{requested_model="{model}"}})'),
    )


@contextmanager
def scaled_away(lab: RunningLab, deployment: str) -> Iterator[None]:
    """Take a part away for the length of a `with` block."""
    name = f"deployment/{deployment}"
    # Only what the Deployment made: other tests' pods bear its name too, to stand where it stands.
    pods = f"app.kubernetes.io/name={deployment},pod-template-hash"
    try:
        lab.kubectl("scale", name, "--replicas=0")
        lab.kubectl("wait", "pod", "-l", pods, "--for=delete", f"--timeout={GONE_SECONDS}s", timeout=GONE_SECONDS + 30)
        yield
    finally:
        lab.kubectl("scale", name, "--replicas=1")
        lab.kubectl("rollout", "status", name, "--timeout=420s", timeout=440)
