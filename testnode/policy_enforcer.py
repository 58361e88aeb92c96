"""Enforces NetworkPolicies inside the node, as kube-router does in k3s: `python -m testnode.policy_enforcer FOLDER`."""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

from infra import process
from infra.errors import LabError
from testnode.api import Api
from testnode.policy_objects import Cluster, Namespace, NetworkPolicy, Pod
from testnode.policy_rules import FORWARDED, TO_NODE, filter_rules
from testnode.setup import Setup

PERIOD_S = 0.5
COMMAND_TIMEOUT_S = 30.0

log = logging.getLogger(__name__)


_Item = TypeVar("_Item")


class _List(BaseModel, Generic[_Item]):
    items: tuple[_Item, ...]


def read(api: Api) -> Cluster:
    """Return the cluster's present objects; "resourceVersion=0" lets the API server answer from its memory."""

    def text(path: str) -> str:
        return api.get(f"{path}?resourceVersion=0")

    return Cluster(
        pods=_List[Pod].model_validate_json(text("/api/v1/pods")).items,
        namespaces=_List[Namespace].model_validate_json(text("/api/v1/namespaces")).items,
        policies=_List[NetworkPolicy].model_validate_json(text("/apis/networking.k8s.io/v1/networkpolicies")).items,
    )


def enforce(rules: str) -> None:
    """Put the rules in place of the former ones, in one step, before all others."""
    process.run(("iptables-restore", "--wait", "--noflush"), stdin=rules, timeout=COMMAND_TIMEOUT_S)
    for chain, target in (("FORWARD", FORWARDED), ("INPUT", TO_NODE)):
        jump = (chain, "--jump", target)
        if process.run(("iptables", "--wait", "--check", *jump), timeout=COMMAND_TIMEOUT_S, check=False).status:
            process.run(("iptables", "--wait", "--insert", *jump), timeout=COMMAND_TIMEOUT_S)


def main(folder: Path) -> None:
    """Look twice a second, for ever, and act on what has changed."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    api = Api(Setup.load(folder).layout)
    enforced = ""
    while True:
        try:
            rules = filter_rules(read(api))
            if rules != enforced:
                enforce(rules)
                enforced = rules
                log.info("%d rules", rules.count("\n-A "))
        except LabError as error:
            log.warning("%s", error)
        time.sleep(PERIOD_S)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
