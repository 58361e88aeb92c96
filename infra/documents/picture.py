"""The picture of a lab: its services in groups, and every permitted edge between them with its port."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from typing import Final

from ailab.images import OLLAMA, VLLM
from ailab.network import API_SERVER, INTERNET, NODE
from infra.documents.drawing import BOX_WIDTH, PADDING, Box, Drawing, Frame, Line, place
from infra.documents.layers import lay_out
from infra.manifests import Object, of_kind, services

GROUPS: Final = {
    "Reach": (NODE.name,),
    "Ingress": ("ingress",),
    "LLM gateway": ("litellm", "open-webui"),
    "Data stores": ("postgres", "neo4j"),
    "Observability": ("phoenix", "prometheus", "grafana"),
    "Outside": (INTERNET.name, API_SERVER.name),
}
INFERENCE: Final = "GPU inference"
JOBS: Final = "Jobs"
OTHERS: Final = "Services"
RADIUS: Final = 6  # of corners
ARROW: Final = 8  # length of a head
# Fill, border and text stand on a light and on a dark page alike; lines and loose text have a middle tone.
COLOURS: Final = {
    "Reach": ("#ddf4ff", "#218bff"),
    "Ingress": ("#ddf4ff", "#218bff"),
    "LLM gateway": ("#fbefff", "#a475f9"),
    INFERENCE: ("#dafbe1", "#2da44e"),
    "Data stores": ("#fff8c5", "#bf8700"),
    "Observability": ("#ffeff7", "#e85aad"),
    JOBS: ("#eaeef2", "#6e7781"),
    OTHERS: ("#fff1e5", "#e16f24"),
    "Outside": ("#f6f8fa", "#8c959f"),
}
CAPTIONS: Final = {
    NODE.name: "tailscaled, kubelet",
    INTERNET.name: "public addresses",
    API_SERVER.name: "Kubernetes API",
}
STYLE: Final = """\
text { font-family: -apple-system, "Segoe UI", "DejaVu Sans", Helvetica, Arial, sans-serif; }
.name { font-size: 15px; font-weight: 600; fill: #1f2328; text-anchor: middle; }
.caption { font-size: 11px; fill: #57606a; text-anchor: middle; }
.group { font-size: 12px; font-weight: 600; }
.port { font-size: 11px; fill: #768390; text-anchor: end; }
.line { fill: none; stroke-width: 1.6; }
"""


def svg(objects: Sequence[Object], edges: Sequence[tuple[str, str, int, str]]) -> str:
    """Draw edges (source, target, port, why) of the lab of `objects` as an SVG. The same input gives the same bytes."""
    engines, jobs = set(_engines(objects)), set(_only_jobs(objects))

    def group(name: str) -> str:
        listed = next((title for title, members in GROUPS.items() if name in members), None)
        return listed or (INFERENCE if name in engines else JOBS if name in jobs else OTHERS)

    drawing = place(lay_out([(source, target) for source, target, _, _ in edges], group), group)
    body = [
        *map(_frame, drawing.frames),
        *(_line(line, edges[line.edge], group) for line in drawing.lines),
        *(_box(box, group, objects) for box in drawing.boxes),
    ]
    return "\n".join((_head(drawing), *body, "</svg>", ""))


def _engines(objects: Iterable[Object]) -> Iterator[str]:
    """Name the Deployments that run an engine's image."""
    images = {OLLAMA.reference, VLLM.reference}
    for item in of_kind(objects, "Deployment"):
        if any(container["image"] in images for container in item["spec"]["template"]["spec"]["containers"]):
            yield item["metadata"]["name"]


def _only_jobs(objects: Sequence[Object]) -> set[str]:
    label = "app.kubernetes.io/name"
    jobs = {item["metadata"]["labels"][label] for item in of_kind(objects, "Job", "CronJob")}
    return jobs - {item["metadata"]["labels"][label] for item in of_kind(objects, "Deployment")}


def _head(drawing: Drawing) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width} {drawing.height}" '
        f'width="{drawing.width}" height="{drawing.height}" role="img" aria-label="Services and permitted edges">\n'
        f"<style>\n{STYLE}</style>"
    )


def _frame(frame: Frame) -> str:
    _, border = COLOURS[frame.group]
    return (
        f'<rect x="{frame.x}" y="{frame.y}" width="{frame.width}" height="{frame.height}" rx="12" '
        f'fill="{border}" fill-opacity="0.08" stroke="{border}" stroke-opacity="0.5"/>'
        f'<text class="group" x="{frame.x + 14}" y="{frame.y + 20}" fill="{border}">{escape(frame.group)}</text>'
    )


def _box(box: Box, group: Callable[[str], str], objects: Sequence[Object]) -> str:
    fill, border = COLOURS[group(box.name)]
    middle, centre = box.x + BOX_WIDTH // 2, box.y + box.height // 2
    return (
        f'<rect x="{box.x}" y="{box.y}" width="{BOX_WIDTH}" height="{box.height}" rx="8" '
        f'fill="{fill}" stroke="{border}" stroke-width="1.5"/>'
        f'<text class="name" x="{middle}" y="{centre - 2}">{escape(box.name)}</text>'
        f'<text class="caption" x="{middle}" y="{centre + 14}">{escape(_caption(box.name, objects))}</text>'
    )


def _caption(name: str, objects: Sequence[Object]) -> str:
    """Say what a box is: the ports of its Service, or what kind of thing has none."""
    for service in services(objects):
        if service.name == name:
            return " ".join(f":{port}" for port in service.ports)
    return CAPTIONS.get(name, "Job")


def _line(line: Line, edge: tuple[str, str, int, str], group: Callable[[str], str]) -> str:
    source, target, port, why = edge
    _, colour = COLOURS[group(source)]
    x, y = line.corners[-1]
    return (
        f"<g><title>{escape(f'{source} to {target}:{port}: {why}')}</title>"
        f'<path class="line" stroke="{colour}" d="{_path(line.corners)}"/>'
        f'<path fill="{colour}" d="M{x} {y} l-9 -4.5 v9 z"/>'
        f'<text class="port" x="{x - PADDING - 3}" y="{y - 4}">:{port}</text></g>'
    )


def _path(corners: Sequence[tuple[int, int]]) -> str:
    """Draw straight lines with rounded corners."""
    path = f"M{corners[0][0]} {corners[0][1]}"
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        begin, end = _towards(corner, before), _towards(corner, after)
        path += f" L{begin[0]} {begin[1]} Q{corner[0]} {corner[1]} {end[0]} {end[1]}"
    return path + f" L{corners[-1][0] - ARROW} {corners[-1][1]}"


def _towards(corner: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """Step from a corner along one of its two lines."""

    def step(here: int, there: int) -> int:
        return here + max(-RADIUS, min(RADIUS, (there - here) // 2))

    return step(corner[0], other[0]), step(corner[1], other[1])
