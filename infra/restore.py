"""`./lab restore`: list the dumps of the databases, and go back to one."""

from __future__ import annotations

import click

from infra import dumps
from infra.console import agree, result, say
from infra.errors import LabError
from infra.kubectl import require_cluster
from infra.labs import LAB_OPTION, one_lab


@click.command(short_help="List the dumps, or go back to one.")
@LAB_OPTION
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.argument("database", required=False)
@click.argument("dump", required=False)
def restore(lab_name: str | None, database: str | None, dump: str | None, *, yes: bool) -> None:
    """List the dumps, or replace what DATABASE (postgres or neo4j) holds by DUMP. KUBECONFIG says which cluster."""
    spec = one_lab(lab_name)
    stores = dumps.stores(spec) if database is None else (dumps.store(spec, database),)
    require_cluster()
    found = {store: dumps.dumps(spec, store) for store in stores}
    if dump is None:
        for store, items in found.items():
            for item in items:
                result(f"{store.name:10} {item.name}  {item.size / 1024**2:10.2f} MiB  {' '.join(item.databases)}")
        return
    [(store, items)] = found.items()
    for item in items:
        if item.name == dump:
            break
    else:
        message = f"{dump}: {store.name} has no such dump; ./lab restore {store.name} lists those that there are"
        raise LabError(message)
    if not yes:
        say(f"This replaces {', '.join(item.databases)} in {store.name} by what they were on {item.name} (UTC).")
        say("What was written since then is lost; ./lab backup keeps it in another dump.")
        agree()
    dumps.restore(spec, store, item, say)
    say(f"{store.name} is as it was on {item.name} (UTC)")
