"""The text that nginx reads."""

from __future__ import annotations

from dataclasses import replace

from testnode.programs.nginx_ingress.annotations import Settings
from testnode.programs.nginx_ingress.configuration import files
from testnode.programs.nginx_ingress.options import Options
from testnode.programs.nginx_ingress.translation import Location, Server, Site, Translation

OPTIONS = Options(
    config_map=("ai-lab", "nginx"),
    namespace="ai-lab",
    secret_namespace="ai-lab",
    http_port=8080,
    https_port=8443,
    status_port=None,
)
EMPTY = Translation((), ())
CHAT = Site(
    namespace="ai-lab",
    name="chat",
    settings=Settings(
        proxy_buffering=False,
        proxy_read_timeout="3600s",
        proxy_send_timeout="3600s",
        client_max_body_size="0",
        listen_ports=(8080,),
    ),
    servers=(
        Server(
            "chat.example",
            (
                Location("/", exact=False, upstream="web", websocket=True),
                Location("/health", exact=True, upstream="gone", websocket=False),
            ),
        ),
    ),
    upstreams={"web": ("10.42.0.7:8080",), "gone": ()},
)


def test_a_site_becomes_upstreams_and_a_server() -> None:
    assert (
        files(Translation((CHAT,), ()), OPTIONS)["conf.d/ai-lab-chat.conf"]
        == """\
upstream gone {
    zone gone 256k;
    random two least_conn;
    server 127.0.0.1:8181 max_fails=1 fail_timeout=10s;
}
upstream web {
    zone web 256k;
    random two least_conn;
    server 10.42.0.7:8080 max_fails=1 fail_timeout=10s;
}
server {
    listen 8080;
    listen [::]:8080;
    server_name chat.example;
    location / {
        proxy_http_version 1.1;
        proxy_connect_timeout 60s;
        proxy_read_timeout 3600s;
        proxy_send_timeout 3600s;
        client_max_body_size 0;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        proxy_set_header Host $host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Host $host;
        proxy_set_header X-Forwarded-Port $server_port;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_buffering off;
        proxy_pass http://web;
    }
    location = /health {
        proxy_http_version 1.1;
        proxy_connect_timeout 60s;
        proxy_read_timeout 3600s;
        proxy_send_timeout 3600s;
        client_max_body_size 0;
        proxy_set_header Host $host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Host $host;
        proxy_set_header X-Forwarded-Port $server_port;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_buffering off;
        proxy_pass http://gone;
    }
}
"""
    )


def test_an_unknown_host_is_answered_404_and_has_no_certificate() -> None:
    assert (
        files(EMPTY, OPTIONS)["conf.d/_default-server.conf"]
        == """\
server_tokens on;
server {
    listen 8080 default_server;
    listen [::]:8080 default_server;
    listen 8443 ssl default_server;
    listen [::]:8443 ssl default_server;
    ssl_reject_handshake on;
    server_name _;
    location / { return 404; }
}
"""
    )


def test_the_status_server_answers_only_the_addresses_that_are_named() -> None:
    options = replace(OPTIONS, status_port=9000, ipv6=False)
    assert files(EMPTY, options)["conf.d/_default-server.conf"].endswith("""\
server {
    listen 9000;
    allow 127.0.0.1;
    allow ::1;
    deny all;
    location /stub_status { stub_status; }
}
""")


def test_a_redirecting_site_sends_http_away_and_tells_the_backend_of_https() -> None:
    site = replace(CHAT, settings=replace(CHAT.settings, redirect_to_https=True))
    text = files(Translation((site,), ()), OPTIONS)["conf.d/ai-lab-chat.conf"]
    assert "    if ($http_x_forwarded_proto = 'http') { return 301 https://$host$request_uri; }\n" in text
    assert text.count("proxy_set_header X-Forwarded-Proto https;") == 2
    assert "$scheme" not in text


def test_the_config_map_decides_whether_nginx_names_its_version() -> None:
    text = files(Translation((), (), server_tokens=False), OPTIONS)["conf.d/_default-server.conf"]
    assert text.startswith("server_tokens off;\n")
