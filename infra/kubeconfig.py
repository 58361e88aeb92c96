"""`./lab kubeconfig`: the credentials of a lab's cluster, in a file that only its operator reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import click
import yaml

from ailab.spec import LabSpec
from infra import private_file
from infra.cloud.record import folder_of
from infra.console import json_option, result
from infra.errors import LabError
from infra.labs import LAB_OPTION
from infra.machine import found
from infra.shipping.places import KUBECONFIG
from infra.ssh import Login, run

SECONDS = 60


@click.command(short_help="Fetch the cluster's credentials.")
@LAB_OPTION
@json_option("Print where they are as JSON.")
def kubeconfig(lab_name: str | None, *, machine_readable: bool) -> None:
    """Fetch the cluster's credentials and print the line that makes kubectl use them.

    kubectl then works from any machine in the tailnet: eval "$(./lab kubeconfig)".
    """
    spec, login = found(lab_name)
    file = fetched(spec, login)
    result(json.dumps({"lab": spec.name, "kubeconfig": str(file)}) if machine_readable else f"export KUBECONFIG={file}")


def fetched(spec: LabSpec, login: Login) -> Path:
    """Fetch the cluster's credentials into the lab's own folder; returns the file.

    Raises:
        LabError: the machine does not answer, or has none; or the file cannot be written.

    """
    file = folder_of(spec.name) / "kubeconfig"
    private_file.write(file, over_tailnet(run(login, "cat", str(KUBECONFIG), timeout=SECONDS).stdout, spec))
    return file


def over_tailnet(text: str, spec: LabSpec) -> str:
    """Let k3s's own credentials lead to the machine by its name in the tailnet, under the lab's name.

    Raises:
        LabError: the text is no kubeconfig; neither the error nor what it comes from has anything of it.

    """
    found = _credentials(text)
    if found is None:
        message = f"{KUBECONFIG}: holds no credentials; ./lab logs --unit k3s says whether k3s has started"
        raise LabError(message)
    authority, credentials = found
    name = spec.name
    server = f"https://{name}.{spec.tailnet}.ts.net:{spec.cluster.api_port}"
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": {"server": server, "certificate-authority-data": authority}}],
            "users": [{"name": name, "user": credentials}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": spec.namespace}}],
            "current-context": name,
        },
        sort_keys=False,
    )


def _credentials(text: str) -> tuple[str, Mapping[str, str]] | None:
    """Read the cluster's authority and the user's credentials; None where there are none."""
    try:
        config = yaml.safe_load(text)
        [cluster], [user] = config["clusters"], config["users"]
        return cluster["cluster"]["certificate-authority-data"], user["user"]
    except (yaml.YAMLError, KeyError, TypeError, ValueError):
        return None
