"""What the ingress keeps from browsers: of the gateway, everything but the few paths that a program needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.client import HTTPConnection

import httpx
import pytest

from ailab.lab import GATEWAY_PATHS
from tests.cluster.running import RunningLab
from tests.cluster.service_door import opened

pytestmark = pytest.mark.proves(3)

PUBLISHED = tuple(f"{path}/" for path in GATEWAY_PATHS)
BY_NGINX = "<center>nginx"  # the foot of a page that nginx itself made
UNDOCUMENTED = (
    "/metrics",
    "/docs",
    "/redoc",
    "/openapi.json",
    "/ui/",
    "/",
    "/sso/key/generate",
    "/mcp-rest/tools/list",
)
# The same program behind each, if nginx and it would read a path differently.
DISGUISES = (
    "/v1/models/../../metrics",
    "/v1/models/..%2f..%2fmetrics",
    "/v1/models/%2e%2e/%2e%2e/metrics",
    "/v1/models/../metrics",
    "/v1/models;/../../metrics",
    "//metrics",
    "/./metrics",
    "/v1/models%00/metrics",
    "/V1/models",
)


@pytest.fixture(scope="module")
def inside(lab: RunningLab) -> Iterator[str]:
    """URL of the gateway for who is in the cluster."""
    with opened(lab, "litellm", 4000) as address:
        yield f"http://{address}"


def test_no_path_of_the_gateways_own_document_is_open_but_those_that_are_published(
    lab: RunningLab, inside: str
) -> None:
    paths = set(httpx.get(f"{inside}/openapi.json", timeout=60).json()["paths"])
    asked = {*(re.sub(r"\{[^}]*\}", "x", path) for path in paths), *UNDOCUMENTED}
    # What is below a published path is published with it: one model, one kept answer.
    closed = sorted(path for path in asked if not f"{path}/".startswith(PUBLISHED))
    with lab.browser("litellm", lab.secret("litellm/master-key")) as browser:
        open_ = [path for path in closed if not _closed(browser.get(path))]
    assert open_ == []
    # The list is the gateway's whole API, and what nginx closes is there for who is inside.
    assert {"/key/generate", "/user/new", "/mcp-rest/tools/list"} < paths
    assert len(closed) > 300
    assert httpx.get(f"{inside}/metrics/", timeout=60).text.startswith("# HELP")


def _closed(answer: httpx.Response) -> bool:
    return answer.status_code == httpx.codes.NOT_FOUND and BY_NGINX in answer.text


@pytest.mark.parametrize("path", DISGUISES)
def test_a_disguised_path_leads_nowhere(lab: RunningLab, path: str) -> None:
    """A plain client: httpx would tidy the path up before it sends it."""
    door = httpx.URL(lab.door)
    connection = HTTPConnection(door.host, door.port, timeout=30)
    host, key = lab.spec.hosts("litellm")[0], lab.secret("litellm/master-key")
    connection.request(
        "GET", path, headers={"Host": host, "Authorization": f"Bearer {key}", "X-Forwarded-Proto": "https"}
    )
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    assert (answer.status in (httpx.codes.NOT_FOUND, httpx.codes.BAD_REQUEST), BY_NGINX in body) == (True, True)


@pytest.mark.parametrize("path", GATEWAY_PATHS)
def test_a_published_path_leads_to_the_gateway(lab: RunningLab, path: str) -> None:
    with lab.browser("litellm", "sk-unknown") as browser:
        assert BY_NGINX not in browser.get(path).text


def test_a_host_that_is_not_published_is_unknown(lab: RunningLab) -> None:
    with lab.browser("openwebui") as browser:
        assert browser.get("/", headers={"Host": "other.example.org"}).status_code == httpx.codes.NOT_FOUND
