"""Container images: the only place that names one.

Tags and digests come from pins that public repositories hold (no registry was asked; evidence to October 2026). Where
no digest is known the tag stands alone, and `docs/images.md` lists the image as a gap. The floor is the oldest version
without a known serious flaw; where floor and digest conflict, the floor wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Image:
    """One image and what its publisher built into it, as far as a restricted pod must know it."""

    repository: str
    tag: str
    digest: str | None = None
    floor: str
    why: str  # of this version and this variant
    user: int
    group: int
    # Folders that the image declares as VOLUME or writes to: each must be a named mount, since the runtime would
    # otherwise back a VOLUME by an anonymous folder that dies with the container.
    writes: tuple[str, ...]
    capabilities: tuple[str, ...] = ()  # that its program's file capabilities need in the bounding set

    @property
    def reference(self) -> str:
        """What stands in a manifest: tag for people, digest for machines."""
        return f"{self.repository}:{self.tag}" + (f"@{self.digest}" if self.digest else "")


POSTGRES: Final = Image(
    repository="docker.io/library/postgres",
    tag="18.6",
    digest="sha256:74935e72241653ca55e0414067e6d8763aceb8a810eb51b452253ec3dcfc4336",
    floor="18.6",
    why="Debian variant: the same uid and collations for the life of a volume, alpine has others",
    user=999,
    group=999,
    # Since 18 the image refuses a mount at .../data; psql and the server share the socket folder.
    writes=("/var/lib/postgresql", "/var/run/postgresql", "/tmp", "/dev/shm"),  # noqa: S108 - paths in the image
)

LITELLM: Final = Image(
    repository="ghcr.io/berriai/litellm-non_root",
    tag="v1.103.2",
    digest="sha256:bee25ffdd3952562401cd1cb844f2b925f006ea8102d719b6d311cc844594d6c",
    floor="v1.103.1",
    why="GHSA-7hp6-4w63-5g45 (a user runs code on the host, CVSS 9.9) is fixed in 1.103.1; non_root variant: uid "
    "65534, database engine and UI baked in, so it migrates offline on a read-only root",
    user=65534,
    group=65534,
    writes=("/tmp", "/app/.cache"),  # noqa: S108 - paths in the image
)

OPEN_WEBUI: Final = Image(
    repository="ghcr.io/open-webui/open-webui",
    tag="v0.12.4",
    floor="v0.12.4",
    why="0.12.4 closes security reports that 0.11.x, the last tag with a known digest, does not",
    user=1000,
    group=1000,
    writes=("/app/backend/data", "/tmp"),  # noqa: S108 - paths in the image
)

OLLAMA: Final = Image(
    repository="docker.io/ollama/ollama",
    tag="0.35.1",
    digest="sha256:292ee7945dfc3d5840a181f3ab86fedb1e66703e02c8af98b50f4da56b7e278c",
    floor="0.17.1",
    why="CVE-2026-7482 (anyone who reaches the API reads its memory) is fixed in 0.17.1; the version most pinned",
    user=1000,
    group=1000,
    writes=("/tmp",),  # noqa: S108 - path in the image
)

VLLM: Final = Image(
    repository="docker.io/vllm/vllm-openai",
    tag="v0.31.0",
    digest="sha256:c1c9f6fd5c109ba7f0546a59f5b2f15fb87f64c77782e90a27b648b42a8e67c3",
    floor="v0.18.0",
    why="CVE-2026-27893 (trust_remote_code=False is ignored) is fixed in 0.18.0; uid 2000 has an entry in /etc/passwd, "
    "without which the import fails",
    user=2000,
    group=0,
    writes=("/tmp", "/home/vllm", "/dev/shm"),  # noqa: S108 - paths in the image
)

NGINX_INGRESS: Final = Image(
    repository="docker.io/nginx/nginx-ingress",
    tag="5.5.3",
    digest="sha256:b3089f2e10238c4ef8d0462c6793fd2593b25219aa2bc27f62f16cf8c73ac8b6",
    floor="5.5.0",
    why="F5's controller: kubernetes/ingress-nginx was archived in March 2026 and gets no fixes",
    user=101,
    group=101,
    writes=(
        "/etc/nginx",
        "/var/cache/nginx",
        "/var/lib/nginx",
        "/var/log/nginx",
        "/tmp",  # noqa: S108 - path in the image
    ),
    # /nginx-ingress (+ep) and nginx (+eip) carry it; missing from the bounding set, exec fails with EPERM (measured).
    capabilities=("NET_BIND_SERVICE",),
)

PHOENIX: Final = Image(
    repository="docker.io/arizephoenix/phoenix",
    tag="version-20.26.1-nonroot",
    floor="20.19.0",
    why="nonroot variant: the unsuffixed tags, the only ones with a known digest, run as root",
    user=65532,
    group=65532,
    writes=("/tmp",),  # noqa: S108 - path in the image
)

PROMETHEUS: Final = Image(
    repository="docker.io/prom/prometheus",
    tag="v3.15.0",
    digest="sha256:efd719c99d83b060d9daefdcf00360461adf279f45ef5391f8d111892118753e",
    floor="v3.14.0",
    why="the version most pinned",
    user=65534,
    group=65534,
    writes=("/prometheus", "/tmp"),  # noqa: S108 - paths in the image
)

GRAFANA: Final = Image(
    repository="docker.io/grafana/grafana",
    tag="13.2.3",
    digest="sha256:b28bae15e219c998fb0e0424ed724930cc61b1f61fb404d47c862f9a23f9e572",
    floor="13.2.1",
    why="13.2.0 cannot keep its bundled data sources on a read-only root; grafana-oss ended at 12.4",
    user=472,
    group=472,
    writes=("/var/lib/grafana", "/var/log/grafana", "/tmp"),  # noqa: S108 - paths in the image
)

SEARXNG: Final = Image(
    repository="docker.io/searxng/searxng",
    tag="2026.10.7-6671d89be",
    digest="sha256:cc026dbee25b864d7f9731957cd5ef36ba2e2d61abd2996d57f1b863483e7409",
    floor="2026.9.25",
    why="a rolling release without versions: the newest with a known digest",
    user=977,
    group=977,
    writes=("/var/cache/searxng", "/tmp"),  # noqa: S108 - paths in the image
)

NEO4J: Final = Image(
    repository="docker.io/library/neo4j",
    tag="2026.09.0-community",
    digest="sha256:91fb0bf237c41b7b3dcbe84703aa0b82e0d7d067b16e1c8ab21f03fc679edf4e",
    floor="2026.01.4",
    why="CVE-2026-1471 is fixed in 2026.01.4; community edition",
    user=7474,
    group=7474,
    # The entrypoint writes the effective configuration at each start.
    writes=("/data", "/logs", "/var/lib/neo4j/conf", "/var/lib/neo4j/run", "/tmp"),  # noqa: S108 - paths in the image
)

DEVICE_PLUGIN: Final = Image(
    repository="nvcr.io/nvidia/k8s-device-plugin",
    tag="v0.20.0",
    digest="sha256:a61ba9fd8efb82f3a79f877f7580e02c1e8e7593f62473644bc9c79e315c3312",
    floor="v0.18.0",
    why="its images of before 0.18 break on the host's C library where that is newer, as on NixOS "
    "(NVIDIA/k8s-device-plugin#1182)",
    user=0,
    group=0,
    writes=(),
)

DCGM_EXPORTER: Final = Image(
    repository="nvcr.io/nvidia/k8s/dcgm-exporter",
    tag="4.5.3-4.8.2-distroless",
    digest="sha256:60d3b00ac80b4ae77f94dae2f943685605585ad9e92fdccda3154d009ae317cc",
    floor="4.5.3",
    why="the newest with a digest that several projects pin",
    user=1000,  # not the image's root: that is for profiling metrics and names of pods, which the alerts do not need
    group=1000,
    writes=("/tmp",),  # noqa: S108 - path in the image
)

NODE_EXPORTER: Final = Image(
    repository="quay.io/prometheus/node-exporter",
    tag="v1.12.1",
    digest="sha256:1b4e4438faca4dd7e001dd445d161a4a2091b0fededa84093b3a8dfeae1f1be0",
    floor="v1.12.1",
    why="the version most pinned",
    # Not the image's 65534: LiteLLM runs as that, and whoever has the same number reads its keys in the node's /proc.
    user=9100,
    group=9100,
    writes=(),
)

KUBE_STATE_METRICS: Final = Image(
    repository="registry.k8s.io/kube-state-metrics/kube-state-metrics",
    tag="v2.20.0",
    digest="sha256:42cfe3723a5f058171c627537fb57a3ea0f26e4380fa18555a95cb1a1b4cfc5b",
    floor="v2.20.0",
    why="the version most pinned",
    user=65534,
    group=65534,
    writes=(),
)

ALL: Final = tuple(row for row in list(globals().values()) if isinstance(row, Image))
