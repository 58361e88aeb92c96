"""The text of nginx's configuration; the same directives as the real controller's templates make.

https://github.com/nginx/kubernetes-ingress/tree/v5.5.4/internal/configs/version1
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from testnode.programs.nginx_ingress.translation import NO_ENDPOINT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from testnode.programs.nginx_ingress.options import Options
    from testnode.programs.nginx_ingress.translation import Location, Server, Site, Translation

SITES = "conf.d"

# Everything is written where the real image writes: /etc/nginx, which must be seeded from the image
# (mime.types), /var/cache/nginx and /var/lib/nginx.
MAIN = """\
worker_processes auto;
daemon off;
error_log stderr notice;
pid /var/lib/nginx/nginx.pid;
events { worker_connections 1024; }
http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    client_body_temp_path /var/cache/nginx/client_temp;
    proxy_temp_path /var/cache/nginx/proxy_temp;
    log_format main '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
                    '"$http_referer" "$http_user_agent" "$http_x_forwarded_for"';
    access_log /dev/stdout main;
    sendfile on;
    keepalive_timeout 75s;
    server_names_hash_max_size 1024;
    server_names_hash_bucket_size 256;
    variables_hash_bucket_size 256;
    map $http_upgrade $connection_upgrade {
        default upgrade;
        '' close;
    }
    include /etc/nginx/conf.d/*.conf;
}
"""


def files(translation: Translation, options: Options) -> Mapping[str, str]:
    """Return the whole configuration: path below /etc/nginx -> text."""
    tokens = f"server_tokens {'on' if translation.server_tokens else 'off'};\n"
    return {
        "nginx.conf": MAIN,
        f"{SITES}/_default-server.conf": tokens + _default_server(options),
        **{f"{SITES}/{site.namespace}-{site.name}.conf": _site(site, options) for site in translation.sites},
    }


def _default_server(options: Options) -> str:
    lines = [
        "server {",
        *_listen(options.http_port, options, " default_server"),
        *_listen(options.https_port, options, " ssl default_server"),
        "    ssl_reject_handshake on;",
        "    server_name _;",
        "    location / { return 404; }",
        "}",
    ]
    if options.status_port:
        lines += [
            "server {",
            *_listen(options.status_port, options),
            *(f"    allow {cidr};" for cidr in options.status_cidrs),
            "    deny all;",
            "    location /stub_status { stub_status; }",
            "}",
        ]
    return "\n".join(lines) + "\n"


def _site(site: Site, options: Options) -> str:
    lines: list[str] = []
    for name, addresses in sorted(site.upstreams.items()):
        lines += [f"upstream {name} {{", f"    zone {name} 256k;", "    random two least_conn;"]
        lines += [f"    server {each} max_fails=1 fail_timeout=10s;" for each in addresses or (NO_ENDPOINT,)]
        lines += ["}"]
    for server in site.servers:
        lines += _server(server, site, options)
    return "\n".join(lines) + "\n"


def _server(server: Server, site: Site, options: Options) -> list[str]:
    lines = ["server {"]
    for port in site.settings.listen_ports:
        lines += _listen(port, options)
    lines += [f"    server_name {server.host};"]
    if site.settings.redirect_to_https:
        # Told by the proxy in front, which ends TLS.
        lines += ["    if ($http_x_forwarded_proto = 'http') { return 301 https://$host$request_uri; }"]
    for location in server.locations:
        lines += _location(location, site)
    return [*lines, "}"]


def _listen(port: int, options: Options, suffix: str = "") -> list[str]:
    both = [f"    listen {port}{suffix};", f"    listen [::]:{port}{suffix};"]
    return both if options.ipv6 else both[:1]


def _location(location: Location, site: Site) -> list[str]:
    read = site.settings
    upgrade = ("Upgrade $http_upgrade", "Connection $connection_upgrade") if location.websocket else ()
    headers = (
        *upgrade,
        "Host $host",
        "X-Real-IP $remote_addr",
        "X-Forwarded-For $proxy_add_x_forwarded_for",
        "X-Forwarded-Host $host",
        "X-Forwarded-Port $server_port",
        f"X-Forwarded-Proto {'https' if read.redirect_to_https else '$scheme'}",
    )
    return [
        # The real one takes a Prefix for nginx's own prefix: /v1 also matches /v1x.
        f"    location {'= ' if location.exact else ''}{location.path} {{",
        "        proxy_http_version 1.1;",
        "        proxy_connect_timeout 60s;",
        f"        proxy_read_timeout {read.proxy_read_timeout};",
        f"        proxy_send_timeout {read.proxy_send_timeout};",
        f"        client_max_body_size {read.client_max_body_size};",
        *(f"        proxy_set_header {header};" for header in headers),
        f"        proxy_buffering {'on' if read.proxy_buffering else 'off'};",
        f"        proxy_pass http://{location.upstream};",
        "    }",
    ]
