from __future__ import annotations

import pytest

from ailab import WebRoute
from tests.ailab.scene import Scene, ends, pod
from tests.policy.seeds import find

HOSTS = ("openwebui.tail.ts.net", "openwebui.gpu-lab.tail.ts.net")


def test_publishing_makes_a_rule_for_each_host_and_an_edge(scene: Scene) -> None:
    scene.ingress().publishes(WebRoute(service=scene.chat(), hosts=HOSTS))
    objects = scene.objects()
    published = find(objects, "Ingress/open-webui")["spec"]
    assert published["ingressClassName"] == "gpu-lab-ingress"
    assert [rule["host"] for rule in published["rules"]] == list(HOSTS)
    for rule in published["rules"]:
        assert rule["http"]["paths"] == [
            {
                "path": "/",
                "pathType": "Prefix",
                "backend": {"service": {"name": "open-webui", "port": {"number": 8080}}},
            }
        ]
    assert ends(objects) == {
        ("node", "ingress", 8080),
        ("ingress", "api-server", 6443),
        ("ingress", "open-webui", 8080),
    }


def test_paths_that_are_not_listed_are_not_published(scene: Scene) -> None:
    scene.ingress().publishes(WebRoute(service=scene.gateway(), hosts=HOSTS[:1], paths=("/v1/models",)))
    (rule,) = find(scene.objects(), "Ingress/litellm")["spec"]["rules"]
    assert [path["path"] for path in rule["http"]["paths"]] == ["/v1/models"]


@pytest.mark.parametrize("tls_outside", [True, False])
def test_plain_requests_are_sent_to_https_where_there_is_a_certificate(scene: Scene, *, tls_outside: bool) -> None:
    scene.ingress(tls_outside=tls_outside).publishes(WebRoute(service=scene.chat(), hosts=HOSTS))
    annotations = find(scene.objects(), "Ingress/open-webui")["metadata"]["annotations"]
    assert annotations.get("nginx.org/redirect-to-https") == ("True" if tls_outside else None)


def test_a_route_says_what_its_service_needs(scene: Scene) -> None:
    route = WebRoute(service=scene.chat(), hosts=HOSTS, websocket=True, largest_upload="100m")
    scene.ingress().publishes(route)
    annotations = find(scene.objects(), "Ingress/open-webui")["metadata"]["annotations"]
    assert annotations["nginx.org/websocket-services"] == "open-webui"
    assert annotations["nginx.org/client-max-body-size"] == "100m"
    assert annotations["nginx.org/proxy-buffering"] == "False"


def test_the_controller_gets_its_image_s_own_folder_as_a_copy(scene: Scene) -> None:
    scene.ingress()
    spec = pod(scene.objects(), "Deployment/ingress")
    (seed,), (controller,) = spec["initContainers"], spec["containers"]
    mounts = {mount["mountPath"]: mount["name"] for mount in seed["volumeMounts"]}
    assert "/etc/nginx" not in mounts
    assert {"name": mounts["/seeded"], "mountPath": "/etc/nginx"} in controller["volumeMounts"]


def test_the_service_has_the_address_that_the_host_forwards_to(scene: Scene) -> None:
    scene.ingress()
    spec = find(scene.objects(), "Service/ingress")["spec"]
    assert (spec["type"], spec["clusterIP"]) == ("ClusterIP", "10.43.0.80")
    assert [(port["port"], port["targetPort"]) for port in spec["ports"]] == [(80, "http")]


def test_only_the_node_of_the_tailnet_runs_it(scene: Scene) -> None:
    scene.ingress()
    assert pod(scene.objects(), "Deployment/ingress")["nodeSelector"] == {"ailab/tailnet-door": "true"}
