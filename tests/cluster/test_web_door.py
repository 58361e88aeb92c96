"""What nginx was made to do for the published services, read where it runs."""

from __future__ import annotations

import json
import re

import pytest

from tests.cluster.running import RunningLab

pytestmark = pytest.mark.proves(3)

CONFIGURATION = ("sh", "-c", "cat /etc/nginx/conf.d/*.conf")


def test_an_answer_may_be_silent_for_an_hour_on_every_published_host(lab: RunningLab) -> None:
    """The 60 s of nginx would cut a model off that thinks for longer before its first word."""
    ingresses = json.loads(lab.kubectl("get", "ingress", "-o", "json"))["items"]
    hosts = [rule["host"] for ingress in ingresses for rule in ingress["spec"]["rules"]]
    _, *servers = lab.kubectl("exec", "deployment/ingress", "--", *CONFIGURATION).split("server_name ")
    silence = {
        server.partition(";")[0]: set(re.findall(r"proxy_(?:read|send)_timeout (\S+);", server)) for server in servers
    }
    assert {host: silence.get(host) for host in hosts} == {host: {"3600s"} for host in hosts}
