"""A machine's own word about its place in the tailnet."""

from __future__ import annotations

import time
from typing import Final

from pydantic import BaseModel, Field, ValidationError

from infra.errors import LabError
from infra.ssh import Login, run

# Its `Self.ID` is what Tailscale's API calls the `nodeId` of a device, and prefers to its `id`
# (https://tailscale.com/api#tag/devices).
STATUS: Final = ("tailscale", "status", "--json", "--peers=false")
STARTING: Final = {"NoState", "Starting"}
SECONDS: Final = 60  # a tailscaled that has just started has an answer soon
POLL_SECONDS: Final = 2


class _Self(BaseModel):
    id: str = Field("", validation_alias="ID")


class _Status(BaseModel):
    state: str = Field(validation_alias="BackendState")
    own: _Self | None = Field(None, validation_alias="Self")


def member(login: Login) -> str | None:
    """Ask a machine that runs NixOS by which id the tailnet knows it; None where it is in none.

    Raises:
        LabError: it is not reached, or its tailscaled does not answer.

    """
    deadline = time.monotonic() + SECONDS
    while (status := _status(login)).state in STARTING and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return (status.own and status.own.id) or None


def _status(login: Login) -> _Status:
    try:
        return _Status.model_validate_json(run(login, *STATUS, timeout=SECONDS).stdout)
    except ValidationError:
        message = f"{login.address}: tailscaled says nothing that can be read; ./lab logs --unit tailscaled says more"
        raise LabError(message) from None
