"""The text that nginx reads."""

from __future__ import annotations

from testnode.programs.nginx_ingress.annotations import Settings
from testnode.programs.nginx_ingress.configuration import files
from testnode.programs.nginx_ingress.options import Options
from testnode.programs.nginx_ingress.translation import Location, Server, Site

OPTIONS = Options(config_map=("ai-lab", "nginx"), namespace="ai-lab", http_port=8080, status_port=None)
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
        files([CHAT], OPTIONS)["conf.d/ai-lab-chat.conf"]
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


def test_an_unknown_host_is_answered_404_on_the_default_port() -> None:
    assert (
        files([], OPTIONS)["conf.d/_default-server.conf"]
        == """\
server {
    listen 8080 default_server;
    listen [::]:8080 default_server;
    server_name _;
    location / { return 404; }
}
"""
    )


def test_the_status_server_answers_only_the_addresses_that_are_named() -> None:
    options = Options(config_map=("ai-lab", "nginx"), namespace="ai-lab", status_port=9000, ipv6=False)
    assert files([], options)["conf.d/_default-server.conf"].endswith("""\
server {
    listen 9000;
    allow 127.0.0.1;
    allow ::1;
    deny all;
    location /stub_status { stub_status; }
}
""")
