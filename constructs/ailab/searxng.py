"""SearXNG: web search for the chat."""

from __future__ import annotations

from typing import Final

from constructs import Construct

from ailab.configuration import yaml_text
from ailab.images import SEARXNG
from ailab.network import HTTPS, INTERNET, connect
from ailab.part import Part
from ailab.secrets import SEARXNG_SECRET
from ailab.spec.search import SearchSpec
from ailab.workload import Container, Files, Http, Mount, Port, Probes, Resources, Workload

PORT: Final = Port("http", 8080)
CONFIG: Final = "/etc/searxng"
# Of SearXNG's hundred engines those that find pages of the web as text, need no key, and are on in its own defaults.
# Several, since it leaves one that refuses it alone for an hour or a day (`suspended_times` of its settings).
ENGINES: Final = ("brave", "duckduckgo", "google", "startpage", "wikipedia")


class Searxng(Part):
    """The search engine of search engines; with it the chat asks one address and no search company learns who asked."""

    def __init__(self, scope: Construct, id_: str, spec: SearchSpec) -> None:
        settings = yaml_text(_settings())
        container = Container(
            name="searxng",
            image=SEARXNG,
            env={
                "SEARXNG_SECRET": SEARXNG_SECRET,
                "GRANIAN_HOST": "0.0.0.0",  # noqa: S104 - the pod's own address; the image's `::` needs IPv6
                "GRANIAN_PORT": str(PORT.number),
            },
            ports=(PORT,),
            mounts=(Mount(volume=Files(name=id_, content={"settings.yml": settings}), path=CONFIG),),
            # Python and dozens of engines, beside all that starts with it.
            probes=Probes(ready=Http(path="/healthz", port=PORT.number), start_seconds=180),
            resources=Resources(cpu="50m", memory="192Mi", memory_limit=spec.memory),
        )
        super().__init__(scope, id_, Workload(name=id_, main=container))
        connect(self.endpoint, INTERNET, HTTPS, "asks the search engines")

    @property
    def query_url(self) -> str:
        """The address that answers queries."""
        return f"{self.url}/search"


def _settings() -> dict[str, object]:
    return {
        "use_default_settings": {"engines": {"keep_only": list(ENGINES)}},
        "general": {"instance_name": "gpu-lab"},
        # Without json, the chat's queries are refused with 403 (measured).
        "search": {"formats": ["html", "json"], "autocomplete": "", "safe_search": 0},
        "server": {"limiter": False, "public_instance": False, "image_proxy": False, "method": "GET"},
        "outgoing": {"request_timeout": 6.0},
    }
