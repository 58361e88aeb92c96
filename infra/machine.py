"""A lab's machine as its operator uses it from day to day: found without asking the cloud."""

from __future__ import annotations

import os

from ailab.spec import LabSpec
from infra.cloud.record import folder_of
from infra.labs import one_lab
from infra.shipping.keys import Identity
from infra.shipping.reached import NeverReachedError, Reached
from infra.ssh import Login


def found(lab_name: str | None) -> tuple[LabSpec, Login]:
    """Find the machine of a lab, or of the only one.

    Raises:
        SpecError: the lab's file has faults.
        LabError: no such lab, or its machine was not reached from here yet.

    """
    spec = one_lab(lab_name)
    return spec, login_of(spec)


def login_of(spec: LabSpec) -> Login:
    """Give root's login to the machine of a lab.

    Raises:
        LabError: the machine was not reached from here yet.

    """
    folder = folder_of(spec.name)
    return Reached.recall(folder).login(Identity(spec.name, folder))


def own(spec: LabSpec) -> Login | None:
    """Give root's login to a lab's machine, which is meant where KUBECONFIG names no cluster; None where it does.

    None also where the machine was not reached from here yet: then kubectl's own default is what is left.

    Raises:
        LabError: what was remembered of the machine cannot be read.

    """
    if os.environ.get("KUBECONFIG"):
        return None
    try:
        return login_of(spec)
    except NeverReachedError:
        return None
