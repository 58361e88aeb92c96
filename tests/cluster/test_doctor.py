"""The doctor on the running lab: all arrows hold, and with any one of them broken it names that one alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy

import pytest

from ailab.network import API_SERVER, DNS, INTERNET, NODE
from infra import manifests
from infra.edges import Edge, edges
from infra.labs import DIST
from infra.manifests import of_kind
from tests.cluster.observed import scaled_away
from tests.cluster.running import RunningLab
from tests.cluster.start import this_lab

pytestmark = pytest.mark.proves(3)

Name = tuple[str, str, int]
# Their programs cannot be had here (docs/stand-ins.md), which the doctor is right to say.
ABSENT: frozenset[Name] = frozenset({("ingress", "grafana", 3000), ("prometheus", "dcgm-exporter", 9400)})


def _arrows() -> list[Edge]:
    found = edges(manifests.read(DIST / this_lab().name))
    return [edge for edge in found if (edge.source, edge.target, edge.port) not in ABSENT]


def _by_policy() -> list[Edge]:
    """List the arrows that a policy permits, and so can take away; the node's own way in is none."""
    return [edge for edge in _arrows() if edge.source != NODE.name]


def _told(lab: RunningLab, *words: str) -> list[dict[str, str]]:
    done = lab.command("doctor", "--json", "--door", lab.door, *words, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert found, done.stderr
    return found


def _doctor(lab: RunningLab) -> dict[Name, dict[str, str]]:
    arrows = (one for one in _told(lab) if "part" not in one)
    return {(one["source"], one["target"], int(one["port"])): one for one in arrows}


def _broken(found: dict[Name, dict[str, str]]) -> dict[Name, str]:
    """Give the advice for each arrow that is broken and need not be."""
    return {name: one["repair"] for name, one in found.items() if one["state"] == "broken" and name not in ABSENT}


@contextmanager
def _taken_away(lab: RunningLab, objects: Sequence[manifests.Object], edge: Edge) -> Iterator[None]:
    """Take the arrow's rule out of the policy of its source."""
    [policy] = [item for item in of_kind(objects, "NetworkPolicy") if item["metadata"]["name"] == edge.source]
    changed = deepcopy(policy)
    changed["spec"]["egress"] = [rule for rule in policy["spec"]["egress"] if not _leads(rule, edge)]
    assert len(changed["spec"]["egress"]) == len(policy["spec"]["egress"]) - 1
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(changed))
    try:
        yield
    finally:
        lab.kubectl("apply", "-f", "-", stdin=json.dumps(policy))


def _leads(rule: manifests.Object, edge: Edge) -> bool:
    if edge.port not in {port["port"] for port in rule["ports"]}:
        return False
    for outside in (API_SERVER, DNS, INTERNET):
        if edge.target == outside.name:
            return bool(list(outside.peers) == rule["to"])
    return any(
        peer.get("podSelector", {}).get("matchLabels", {}).get("app.kubernetes.io/name") == edge.target
        for peer in rule["to"]
    )


def test_every_arrow_holds(lab: RunningLab) -> None:
    found = _doctor(lab)
    assert set(found) == {(edge.source, edge.target, edge.port) for edge in _arrows()} | ABSENT
    faulty = {name: one["said"] for name, one in found.items() if one["state"] != "holds"}
    assert faulty == dict.fromkeys(ABSENT, "the connection is refused")
    used = {name: one["said"] for name, one in found.items() if "connection" not in one["said"]}
    assert used["litellm", "ollama", 11434] == "llama3.1 answers"
    assert used["litellm", "postgres", 5432] == "its row is there"
    assert used["litellm", "phoenix", 4317] == "its trace is there"
    assert used["prometheus", "litellm", 4000] == "scraped: up"


def test_of_the_parts_none_is_named_but_those_that_cannot_run_here(lab: RunningLab) -> None:
    images = ("nvcr.io/nvidia/k8s/dcgm-exporter:", "docker.io/grafana/grafana:")
    told = {one["part"]: one["said"] for one in _told(lab, "--quick")}
    assert list(told) == ["dcgm-exporter", "grafana"]
    for said, image in zip(told.values(), images, strict=True):
        assert said.startswith(f"the image {image}")
        assert said.endswith(" cannot be pulled")


def test_the_doctor_leaves_nothing_behind(lab: RunningLab) -> None:
    _doctor(lab)
    lab.kubectl("wait", "pod", "--selector=gpu-lab/doctor", "--for=delete", "--timeout=180s", timeout=210)
    assert lab.kubectl("get", "jobs,pods", "--selector=gpu-lab/doctor", "-o", "name") == ""


@pytest.mark.long
@pytest.mark.parametrize("edge", _by_policy(), ids=lambda edge: f"{edge.source}-{edge.target}-{edge.port}")
def test_of_all_arrows_the_one_that_is_broken_is_named_alone(
    lab: RunningLab, objects: Sequence[manifests.Object], edge: Edge
) -> None:
    name = (edge.source, edge.target, edge.port)
    with _taken_away(lab, objects, edge):
        found = _doctor(lab)
    assert _broken(found) == {
        name: f"the NetworkPolicy {edge.source} is not the one of the manifests: kubectl apply --filename=dist/gpu-lab"
    }


@pytest.mark.long
def test_where_a_part_is_away_every_arrow_to_it_is_named_with_its_cause(lab: RunningLab) -> None:
    with scaled_away(lab, "searxng"):
        found = _doctor(lab)
    [(name, advice)] = _broken(found).items()
    assert name == ("open-webui", "searxng", 8080)
    cause = "the Deployment searxng is not the one of the manifests"
    assert advice == f"searxng has no ready pod, {cause}: kubectl apply --filename=dist/gpu-lab"


@pytest.mark.long
def test_where_the_web_door_is_closed_the_way_to_it_is_named(lab: RunningLab) -> None:
    with scaled_away(lab, "ingress"):
        found = _doctor(lab)
    assert list(_broken(found)) == [("node", "ingress", 8080)]
