"""Promise: a pod whose configuration files change is replaced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ailab.pod import digest
from infra.manifests import Object, of_kind, pod_templates


def configuration(objects: Sequence[Object]) -> Iterator[str]:
    files = {item["metadata"]["name"]: item["data"] for item in of_kind(objects, "ConfigMap")}
    for owner, template in pod_templates(objects):
        volumes = template["spec"].get("volumes", ())
        names = [volume["configMap"]["name"] for volume in volumes if "configMap" in volume]
        wanted = digest({name: files.get(name) for name in names}) if names else None
        if template["metadata"].get("annotations", {}).get("ailab/configuration") != wanted:
            yield f"{owner}: its checksum is not that of its configuration"
