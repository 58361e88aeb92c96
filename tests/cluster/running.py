"""A running lab, as its tests use it: by the operator's commands, by a browser's requests, by SQL."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import httpx

from ailab.spec import LabSpec
from infra import manifests, process
from infra.labs import ROOT
from testnode.internet.search_engine import Page
from testnode.node import Node
from testnode.patience import until
from testnode.programs.table import NOT_RUN

# In the block of clouds' metadata services (169.254.169.254), but not the address that this machine itself may need.
METADATA = "169.254.10.10"
TAILNET = "100.64.10.10"  # in the block of all tailnets (RFC 6598)
# What the test's chat models say; every word another one, as `chat_model` asks.
ANSWER = "Waves come and go while the moon pulls at every sea; ships wait for deep water, gulls watch what tide leaves."
# What vLLM's model thinks and then says.
THOUGHT = "They ask about the sea, so the moon must come first."
VERDICT = "High water follows the moon; neap tides follow the half moon."
# Given for one provider alone, so that a test can see that the chat does not offer the others.
PROVIDER_KEYS = {"ANTHROPIC_API_KEY": "sk-ant-canary-of-the-tests"}
# What the search engine of the test internet knows.
PAGES = (
    Page("https://harbour.example/tides", "Tides of Elmwater", "High water in Elmwater comes at noon on Fridays."),
    Page("https://harbour.example/gulls", "Gulls", "Gulls nest on the eastern cliff."),
)


def absent(objects: Iterable[manifests.Object]) -> dict[str, str]:
    """Return the images among these objects' that nothing stands in for, each with the reason."""
    names = {manifests.repository(reference) for reference in manifests.images(objects)}
    return {name: reason for name, reason in NOT_RUN.items() if name in names}


@dataclass(frozen=True)
class RunningLab:
    """The lab on its node; `home` is a folder of the operator with a kubectl, `door` the URL of the ingress."""

    node: Node
    spec: LabSpec
    home: Path
    door: str

    def command(self, *words: str | Path, check: bool = True, timeout: float = 900) -> process.Completed:
        """Run `./lab`'s program as an operator of this cluster would."""
        env = {"KUBECONFIG": str(self.node.kubeconfig), "PATH": f"{self.home}:{os.environ['PATH']}"}
        return process.run([sys.executable, "-m", "infra", *words], env=env, cwd=ROOT, check=check, timeout=timeout)

    def kubectl(self, *words: str | Path, stdin: str | None = None, check: bool = True, timeout: float = 120) -> str:
        """Run kubectl in the lab's namespace; returns what it printed."""
        words = (f"--namespace={self.spec.namespace}", *words)
        return self.node.kubectl(*words, stdin=stdin, check=check, timeout=timeout).stdout

    def wait_until_ready(self, seconds: int) -> None:
        """Return when every Deployment that can run is available and every Job of the manifests has ended well."""
        limit = f"--timeout={seconds}s"
        found = json.loads(self.kubectl("get", "deployments", "-o", "json"))["items"]
        runnable = (f"deployment/{item['metadata']['name']}" for item in found if not absent([item]))
        self.kubectl("wait", *runnable, "--for=condition=Available", limit, timeout=seconds + 30)
        self.kubectl("wait", "job", "--all", "--for=condition=Complete", limit, timeout=seconds + 30)

    def browser(self, service: str, token: str | None = None) -> httpx.Client:
        """Give a client that reaches a published service as a browser does, through the tailnet's door.

        The headers are those that `tailscale serve` adds to what it forwards.
        """
        headers = {
            "Host": self.spec.hosts(service)[0],
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "100.101.102.103",
        }
        if token:
            headers["Authorization"] = f"Bearer {token}"
        # A connection for each request: nginx, which reads its configuration again whenever a pod comes or goes, may
        # close one that is idle just when the next request is on its way.
        each = httpx.Limits(max_keepalive_connections=0)
        return httpx.Client(base_url=self.door, headers=headers, timeout=120, limits=each)

    def opens(self) -> bool:
        """Whether the chat is reached through the door; the ingress hears some time after it of a pod that is ready."""
        try:
            with self.browser("openwebui") as browser:
                return browser.get("/health").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def secret(self, name: str) -> str:
        """Read a secret's value as the operator does."""
        return self.command("secrets", "show", name).stdout.rstrip("\n")

    def sql(self, database: str, query: str) -> list[list[str]]:
        """Ask PostgreSQL; returns rows of columns as text."""
        words = ("psql", "-h", "127.0.0.1", "-U", "postgres", "-d", database, "-At", "-F", "\t", "-c", query)
        out = self.kubectl("exec", "deployment/postgres", "-c", "postgres", "--", *words)
        return [line.split("\t") for line in out.splitlines()]

    def row(self, columns: str, request: str) -> list[str]:
        """Read the gateway's row of one request; it writes them every 10 to 15 s."""
        query = f"select {columns} from \"LiteLLM_SpendLogs\" where request_id = '{request}'"  # noqa: S608 - our own words
        until(lambda: self.sql("litellm", query) != [], 180, "the gateway has written its row")
        return self.sql("litellm", query)[0]

    def token(self) -> str:
        """Log in to the chat as its administrator."""
        login = {"email": self.spec.chat.admin_email, "password": self.secret("open-webui/admin-password")}
        with self.browser("openwebui") as browser:
            answer = browser.post("/api/v1/auths/signin", json=login)
        answer.raise_for_status()
        return str(answer.json()["token"])
