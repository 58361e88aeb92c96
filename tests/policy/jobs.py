"""Promise: a Job's name says its content, so changed content is a new Job and an unchanged one is not run again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ailab.pod import digest
from infra.manifests import Object, of_kind


def jobs(objects: Sequence[Object]) -> Iterator[str]:
    for item in of_kind(objects, "Job"):
        name = item["metadata"]["name"]
        if name.rpartition("-")[2] != digest(item["spec"])[:8]:
            yield f"Job/{name}: its name does not say its content"
        if "ttlSecondsAfterFinished" in item["spec"]:
            yield f"Job/{name}: is deleted when done, then made and run again"
        if item["spec"]["template"]["spec"]["restartPolicy"] != "OnFailure":
            yield f"Job/{name}: leaves a pod for each failure"
    for item in of_kind(objects, "CronJob"):
        if item["spec"].get("concurrencyPolicy") != "Forbid":
            yield f"CronJob/{item['metadata']['name']}: may run twice at once"
        if item["spec"].get("suspend"):
            yield f"CronJob/{item['metadata']['name']}: never runs"
