"""A volume that can be filled: the part's own, moved for a while to a file system of its own in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.checkup.fault import FULL
from tests.cluster.memory import SUMMARY
from tests.cluster.observed import scaled_away
from tests.cluster.running import RunningLab

SPARE: Final = 96  # MiB, beside what the part has written
SMALL: Final = Path("/run/small-volume")
FILLER: Final = "filler"


@dataclass(frozen=True)
class SmallVolume:
    """The volume of a claim, on a file system of its own.

    Attributes:
        lab: whose.
        claim: its PersistentVolumeClaim.

    """

    lab: RunningLab
    claim: str

    def fill(self) -> None:
        """Leave no byte."""
        words = ("dd", "if=/dev/zero", f"of={SMALL / FILLER}", "bs=1M", "status=none")
        assert "No space left" in self.lab.node.inside(*words, check=False).stderr

    def empty(self) -> None:
        """Give back what `fill` took."""
        self.lab.node.inside("rm", "-f", SMALL / FILLER)

    def known_to_be_full(self) -> bool:
        """Whether the kubelet has seen it; it measures the volume of a new pod after a while."""
        pods = json.loads(self.lab.kubectl("get", "--raw", SUMMARY))["pods"]
        volumes = [volume for pod in pods for volume in pod.get("volume", ())]
        mine = (one for one in volumes if one.get("pvcRef", {}).get("name") == self.claim)
        return any(one["availableBytes"] < FULL * one["capacityBytes"] for one in mine)


@contextmanager
def small_volume(lab: RunningLab, deployment: str, claim: str) -> Iterator[SmallVolume]:
    """Move a claim's content to a small file system for the length of a `with` block, and back at its end."""
    node = lab.node
    name = lab.kubectl("get", "pvc", claim, "-o", "jsonpath={.spec.volumeName}")
    folder = lab.kubectl("get", "pv", name, "-o", "jsonpath={.spec.local.path}")
    with scaled_away(lab, deployment):
        taken = int(node.inside("du", "--summarize", "--block-size=1M", folder).stdout.split()[0])
        node.inside("mkdir", "-p", SMALL)
        node.inside("mount", "-t", "tmpfs", "-o", f"size={taken + SPARE}m", "tmpfs", SMALL)
        node.inside("cp", "-a", f"{folder}/.", SMALL)
        node.inside("mount", "--bind", SMALL, folder)
    try:
        yield SmallVolume(lab, claim)
    finally:
        with scaled_away(lab, deployment):
            node.inside("umount", folder)
            node.inside("find", folder, "-mindepth", "1", "-delete")
            node.inside("cp", "-a", f"{SMALL}/.", folder)
            node.inside("umount", SMALL)
