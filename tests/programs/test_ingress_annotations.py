"""The annotations of an Ingress, by the rules that were measured on the real controller."""

from __future__ import annotations

import pytest

from testnode.programs.nginx_ingress.annotations import Rejected, Settings, settings

SERVICES = frozenset({"open-webui", "litellm"})


def test_an_ingress_without_annotations_gets_the_defaults_that_hurt_chats() -> None:
    assert settings({}, SERVICES) == Settings(
        proxy_buffering=True,
        proxy_read_timeout="60s",
        proxy_send_timeout="60s",
        client_max_body_size="1m",
        listen_ports=(80,),
        redirect_to_https=False,
        websocket_services=frozenset(),
    )


def test_every_known_annotation_is_read() -> None:
    annotations = {
        "nginx.org/proxy-buffering": "False",
        "nginx.org/proxy-read-timeout": "3600s",
        "nginx.org/proxy-send-timeout": "1h 30m 5",
        "nginx.org/client-max-body-size": "64m",
        "nginx.org/listen-ports": "8080,8081",
        "nginx.org/redirect-to-https": "True",
        "nginx.org/websocket-services": "open-webui,litellm",
    }
    assert settings(annotations, SERVICES) == Settings(
        proxy_buffering=False,
        proxy_read_timeout="3600s",
        proxy_send_timeout="1h30m5s",
        client_max_body_size="64m",
        listen_ports=(8080, 8081),
        redirect_to_https=True,
        websocket_services=frozenset({"open-webui", "litellm"}),
    )


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("proxy-buffering", "off", 'Invalid value: "off": must be a boolean'),
        ("proxy-read-timeout", "ten minutes", 'Invalid value: "ten minutes": must be a time'),
        ("proxy-send-timeout", " ", 'Invalid value: " ": must be a time'),
        ("client-max-body-size", "64mb", 'Invalid value: "64mb": must be an offset'),
        ("client-max-body-size", "", "Required value"),
        ("listen-ports", "http", 'Invalid value: "http": must be a comma-separated list of port numbers'),
        ("listen-ports", "0", 'Invalid value: "0": must be a comma-separated list of port numbers'),
        ("server-snippets", "return 200;", "Forbidden: snippet specified but snippets feature is not enabled"),
    ],
)
def test_a_bad_value_rejects_the_whole_ingress(name: str, value: str, why: str) -> None:
    annotations = {"nginx.org/proxy-buffering": "false", f"nginx.org/{name}": value}
    assert settings(annotations, SERVICES) == Rejected((f"annotations.nginx.org/{name}: {why}",))


def test_websockets_are_for_services_of_the_same_ingress() -> None:
    fault = (
        'annotations.nginx.org/websocket-services: Invalid value: "litellm,grafana": must be a comma-separated list of '
        "services. The following services were not found: grafana"
    )
    assert settings({"nginx.org/websocket-services": "litellm,grafana"}, SERVICES) == Rejected((fault,))


def test_all_faults_are_named_at_once() -> None:
    annotations = {"nginx.org/proxy-buffering": "maybe", "nginx.org/client-max-body-size": "big"}
    assert settings(annotations, SERVICES) == Rejected(
        (
            'annotations.nginx.org/proxy-buffering: Invalid value: "maybe": must be a boolean',
            'annotations.nginx.org/client-max-body-size: Invalid value: "big": must be an offset',
        )
    )


@pytest.mark.parametrize("name", ["nginx.org/proxy-bufering", "nginx.ingress.kubernetes.io/proxy-body-size"])
def test_an_unknown_annotation_is_silently_accepted(name: str) -> None:
    assert settings({name: "0"}, SERVICES) == Settings()
