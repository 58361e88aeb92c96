"""docs/edges.md and docs/edges.svg: who may talk to whom in the first lab, as a table and as a picture."""

from __future__ import annotations

from infra.documents import picture
from infra.edges import drawn, objects_of_first_lab


def table() -> str:
    """Write docs/edges.md."""
    rows = [f"| {edge.source} | {edge.target} | {edge.port} | {edge.why} |" for edge in drawn(objects_of_first_lab())]
    return "\n".join(
        (
            "# Who may talk to whom",
            "",
            "Made from the network policies in `dist/` by `./lab docs`. What is not listed is denied, both ways.",
            "Whoever has an outgoing edge may also look up names (DNS, port 53). `internet` is TCP to public addresses",
            "alone; `node` is the machine that the pod runs on; `api-server` is that port at any address: which one",
            "Kubernetes' API has is not known when manifests are made.",
            "",
            "![the edges as a picture](edges.svg)",
            "",
            "| from | to | port | why |",
            "|---|---|---|---|",
            *rows,
            "",
        )
    )


def drawing() -> str:
    """Write docs/edges.svg."""
    objects = objects_of_first_lab()
    return picture.svg(objects, [(edge.source, edge.target, edge.port, edge.why) for edge in drawn(objects)])
