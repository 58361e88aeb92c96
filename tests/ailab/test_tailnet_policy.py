"""What the policy file of a tailnet says for a lab."""

from __future__ import annotations

from ailab.host_facts import HostFacts
from ailab.spec import LabSpec, load
from ailab.spec.web import Exposure
from ailab.tailnet_policy import tailnet_policy
from infra.labs import LABS

MACHINE = {
    "src": ["autogroup:member"],
    "dst": ["tag:gpu-lab"],
    "ip": ["tcp:22", "tcp:80", "tcp:443", "tcp:6443"],
}


def _spec(exposure: Exposure) -> LabSpec:
    spec = load(LABS / "gpu-lab.toml")
    return spec.model_copy(update={"web": spec.web.model_copy(update={"exposure": exposure})})


def test_people_reach_four_ports_of_the_machine_and_one_of_each_service() -> None:
    services = ["svc:litellm", "svc:openwebui", "svc:phoenix", "svc:grafana"]
    assert tailnet_policy(HostFacts.of(_spec(Exposure.SERVICES))) == {
        "tagOwners": {"tag:gpu-lab": ["autogroup:admin"]},
        "grants": [MACHINE, {"src": ["autogroup:member"], "dst": services, "ip": ["tcp:443"]}],
        "autoApprovers": {"services": {service: ["tag:gpu-lab"] for service in services}},
    }


def test_names_below_the_machine_need_its_ports_alone() -> None:
    for exposure in (Exposure.HOSTS, Exposure.SPLIT_DNS):
        assert tailnet_policy(HostFacts.of(_spec(exposure))) == {
            "tagOwners": {"tag:gpu-lab": ["autogroup:admin"]},
            "grants": [MACHINE],
        }
