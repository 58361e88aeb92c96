"""Promise: Kubernetes puts nothing into a pod unasked, neither variables of Services nor an API token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from infra.manifests import Object, of_kind
from tests.policy.pods import pods

TALKS_TO_THE_API: Final = {  # pod -> its service account
    "Deployment/ingress": "ingress",
    "Deployment/kube-state-metrics": "kube-state-metrics",
}


def injections(objects: Sequence[Object]) -> Iterator[str]:
    for owner, pod in pods(objects):
        account = TALKS_TO_THE_API.get(owner)
        if pod.get("enableServiceLinks") is not False:
            yield f"{owner}: gets a variable for each Service"
        if pod.get("automountServiceAccountToken") is not (account is not None):
            yield f"{owner}: gets an API token, or misses the one that it needs"
        if pod.get("serviceAccountName") != account:
            yield f"{owner}: runs as service account {pod.get('serviceAccountName')}"
    for item in of_kind(objects, "ServiceAccount"):
        if item.get("automountServiceAccountToken") is not False:
            yield f"ServiceAccount/{item['metadata']['name']}: gives its token to every pod"
