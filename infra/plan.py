"""`./lab plan`: what `./lab up` would do, and what the lab would cost."""

from __future__ import annotations

from pathlib import Path

import click

from infra.cloud.wanted import Goal
from infra.console import result, say, show
from infra.drift import changed
from infra.gpu import bar
from infra.labs import DIST, LAB_OPTION, one_lab
from infra.operator import SSH_KEY, looking
from infra.prospectus import as_json, tell


@click.command(short_help="What `./lab up` would do, and at what price.")
@LAB_OPTION
@click.option("--ssh-key", type=click.Path(path_type=Path), default=SSH_KEY, show_default=True, help="As for `up`.")
@click.option("--json", "machine_readable", is_flag=True, help="Print it as JSON.")
def plan(lab_name: str | None, ssh_key: Path, *, machine_readable: bool) -> None:
    """Show what `./lab up` would create, change and destroy, who takes what of the GPU, and the price.

    Nothing is changed. Status 1: it cannot be done, and the one line says why.
    """
    lab = one_lab(lab_name)
    with looking(lab, ssh_key) as journey:
        prospect = journey.prospect(Goal.RUNNING)
    if machine_readable:
        result(as_json(prospect))
        return
    tell(prospect)
    drift = changed(DIST / lab.name)
    if drift is None:
        say("No cluster answers at KUBECONFIG, so the manifests are compared with none.")
    else:
        say(f"Manifests that differ from the cluster's: {', '.join(drift) or 'none'}")
    if lab.gpu_shares:
        show(bar(lab.memory))
