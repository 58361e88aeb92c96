"""From Ingresses, Services and EndpointSlices to what nginx serves."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from testnode.programs.nginx_ingress import resources
from testnode.programs.nginx_ingress.annotations import Settings
from testnode.programs.nginx_ingress.resources import Backend, Endpoints, Ingress, Path, Rule, Service
from testnode.programs.nginx_ingress.translation import Cluster, Location, Server, Site, Translation, Verdict, translate

SERVICES = (Service("litellm", ((4000, "http"),)),)
ENDPOINTS = (Endpoints("litellm", ("10.42.0.7",), {"http": 4001}),)
LITELLM = Backend("litellm", 4000)


def ingress(
    name: str = "litellm",
    *,
    hosts: tuple[str, ...] = ("litellm.example",),
    paths: tuple[Path, ...] = (Path("/", exact=False, backend=LITELLM),),
    annotations: Mapping[str, str] | None = None,
    created: str = "2026-11-25T00:00:00Z",
    beyond_rules: tuple[str, ...] = (),
) -> Ingress:
    rules = tuple(Rule(host, paths) for host in hosts)
    return Ingress("ai-lab", name, f"uid-{name}", created, "1", annotations or {}, rules, beyond_rules)


def translation(*ingresses: Ingress) -> Translation:
    return translate(Cluster(ingresses, SERVICES, ENDPOINTS))


def test_a_path_leads_to_the_pods_behind_the_port_of_its_service() -> None:
    web = ingress(annotations={"nginx.org/websocket-services": "litellm"})
    upstream = "ai-lab-litellm-litellm.example-litellm-4000"
    assert translation(web) == Translation(
        sites=(
            Site(
                namespace="ai-lab",
                name="litellm",
                settings=Settings(websocket_services=frozenset({"litellm"})),
                servers=(Server("litellm.example", (Location("/", exact=False, upstream=upstream, websocket=True),)),),
                upstreams={upstream: ("10.42.0.7:4001",)},
            ),
        ),
        verdicts=(Verdict(web, "AddedOrUpdated", "Configuration for ai-lab/litellm was added or updated"),),
    )


def test_a_port_is_found_by_its_name_too() -> None:
    assert Cluster((), SERVICES, ENDPOINTS).addresses(Backend("litellm", "http")) == ("10.42.0.7:4001",)


def test_an_ipv6_address_is_written_in_brackets() -> None:
    endpoints = (Endpoints("litellm", ("fd00::7",), {"http": 4001}),)
    assert Cluster((), SERVICES, endpoints).addresses(LITELLM) == ("[fd00::7]:4001",)


def test_a_missing_service_is_accepted_with_a_warning_and_leads_nowhere() -> None:
    web = ingress(paths=(Path("/", exact=False, backend=Backend("grafana", 3000)),))
    (site,) = translation(web).sites
    assert site.upstreams == {"ai-lab-litellm-litellm.example-grafana-3000": ()}
    assert translation(web).verdicts == (
        Verdict(
            web,
            "AddedOrUpdatedWithWarning",
            "Configuration for ai-lab/litellm was added or updated with warning(s): "
            "no endpoints for upstream ai-lab-litellm-litellm.example-grafana-3000",
        ),
    )


def test_a_bad_annotation_rejects_the_ingress_and_leaves_its_host_free() -> None:
    bad = ingress("bad", annotations={"nginx.org/client-max-body-size": "64mb"}, created="2026-11-24T00:00:00Z")
    result = translation(ingress("good"), bad)
    assert [site.name for site in result.sites] == ["good"]
    assert result.verdicts[0] == Verdict(
        bad,
        "Rejected",
        'ai-lab/bad was rejected: annotations.nginx.org/client-max-body-size: Invalid value: "64mb": must be an offset',
    )


def test_the_older_ingress_keeps_a_host() -> None:
    newer = ingress("newer", created="2026-11-25T10:00:00Z")
    older = ingress("older", created="2026-11-25T09:00:00Z")
    result = translation(newer, older)
    assert [site.name for site in result.sites] == ["older"]
    assert result.verdicts[1] == Verdict(newer, "Rejected", "All hosts are taken by other resources")


def test_of_two_ingresses_of_one_second_the_higher_uid_keeps_the_host() -> None:
    assert [site.name for site in translation(ingress("a"), ingress("b")).sites] == ["b"]


def test_an_ingress_that_lost_one_host_serves_its_others() -> None:
    older = ingress("older", created="2026-11-24T00:00:00Z")
    newer = ingress("newer", hosts=("litellm.example", "other.example"))
    result = translation(older, newer)
    assert [server.host for server in result.sites[1].servers] == ["other.example"]
    assert result.verdicts[1].reason == "AddedOrUpdatedWithWarning"
    assert "host litellm.example is taken by another resource" in result.verdicts[1].message


@pytest.mark.parametrize(
    ("web", "fault"),
    [
        (ingress(hosts=()), "spec.rules: Required value"),
        (ingress(hosts=("",)), "spec.rules[0].host: Required value"),
        (ingress(hosts=("a.example", "a.example")), 'spec.rules[1].host: Duplicate value: "a.example"'),
        (ingress(beyond_rules=("tls",)), "spec.tls: the stand-in does not know it"),
        (ingress(paths=(Path("/", exact=True, backend=None),)), 'spec.rules[0]: path "/" leads to no Service'),
        (ingress(paths=(Path("//x", exact=True, backend=LITELLM),)), 'spec.rules[0]: Invalid path: "//x"'),
        (ingress(paths=(Path("/a/..", exact=True, backend=LITELLM),)), 'spec.rules[0]: Invalid path: "/a/.."'),
        (ingress(paths=(Path("/a;b", exact=True, backend=LITELLM),)), 'spec.rules[0]: Invalid path: "/a;b"'),
    ],
)
def test_what_cannot_be_served_is_rejected_by_name(web: Ingress, fault: str) -> None:
    assert translation(web) == Translation((), (Verdict(web, "Rejected", f"ai-lab/litellm was rejected: {fault}"),))


def test_only_ready_endpoints_are_read() -> None:
    item = {
        "metadata": {"labels": {"kubernetes.io/service-name": "litellm"}},
        "endpoints": [
            {"addresses": ["10.42.0.9"], "conditions": {"ready": True}},
            {"addresses": ["10.42.0.8"]},
            {"addresses": ["10.42.0.7"], "conditions": {"ready": False}},
        ],
        "ports": [{"name": "http", "port": 4000}],
    }
    assert resources.endpoints(item) == Endpoints("litellm", ("10.42.0.8", "10.42.0.9"), {"http": 4000})


def test_an_ingress_is_read_with_its_exact_paths_and_what_lies_beyond_its_rules() -> None:
    item = {
        "metadata": {
            "namespace": "ai-lab",
            "name": "web",
            "uid": "u",
            "creationTimestamp": "2026-11-25T00:00:00Z",
            "resourceVersion": "7",
        },
        "spec": {
            "ingressClassName": "nginx",
            "tls": [],
            "rules": [
                {
                    "host": "a.example",
                    "http": {
                        "paths": [
                            {"path": "/v1", "pathType": "Exact", "backend": _to("litellm", {"number": 4000})},
                            {"pathType": "ImplementationSpecific", "backend": _to("litellm", {"name": "http"})},
                            {"path": "/r", "pathType": "Prefix", "backend": {"resource": {}}},
                        ]
                    },
                }
            ],
        },
    }
    assert resources.ingress_class(item) == "nginx"
    assert resources.ingress(item) == Ingress(
        namespace="ai-lab",
        name="web",
        uid="u",
        created="2026-11-25T00:00:00Z",
        version="7",
        annotations={},
        rules=(
            Rule(
                "a.example",
                (
                    Path("/v1", exact=True, backend=Backend("litellm", 4000)),
                    Path("/", exact=False, backend=Backend("litellm", "http")),
                    Path("/r", exact=False, backend=None),
                ),
            ),
        ),
        beyond_rules=("tls",),
    )


def test_a_service_is_read_with_its_port_numbers_and_names() -> None:
    item = {"metadata": {"name": "litellm"}, "spec": {"ports": [{"port": 4000, "name": "http"}, {"port": 1}]}}
    assert resources.service(item) == Service("litellm", ((4000, "http"), (1, "")))


def test_a_config_map_can_hide_the_version_by_a_boolean_only() -> None:
    tokens = [resources.server_tokens({"data": {"server-tokens": value}}) for value in ("True", "False", "build")]
    assert tokens == [True, False, True]


def _to(service: str, port: Mapping[str, int | str]) -> Mapping[str, object]:
    return {"service": {"name": service, "port": port}}
