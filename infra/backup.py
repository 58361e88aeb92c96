"""`./lab backup`: dump the databases now, not only when the lab does it by itself."""

from __future__ import annotations

import click

from infra.console import result, say
from infra.dumps import dump_now, stores
from infra.kubectl import require_cluster
from infra.labs import LAB_OPTION, one_lab


@click.command()
@LAB_OPTION
def backup(lab_name: str | None) -> None:
    """Dump every database now. KUBECONFIG says which cluster.

    PostgreSQL goes on meanwhile; Neo4j restarts, since its community edition dumps only what does not run.
    """
    spec = one_lab(lab_name)
    require_cluster()
    for store in stores(spec):
        say(f"dumping {store.name}")
        result(f"{store.name} {dump_now(spec, store).name}")
