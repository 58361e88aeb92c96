"""What a machine says of its place in the tailnet, asked by a real ssh and sshd."""

from __future__ import annotations

import json
import os

import pytest

from infra.errors import LabError
from infra.process import CommandError
from infra.shipping import member
from tests.shipping.scene import Scene

pytestmark = [
    pytest.mark.host,
    pytest.mark.needs("unshare", "flock", "apt-get"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a throw-away root"),
]
RUNNING = {"BackendState": "Running", "Self": {"ID": "n292kg92CNTRL"}}
ASKED = "tailscale status --json --peers=false"


def _says(scene: Scene, *answers: object) -> None:
    """Let tailscaled say one thing after the other."""
    for name, answer in zip(("first", "second"), answers, strict=False):
        (scene.droplet.machine / f"tailscale.{name}").write_text(json.dumps(answer), encoding="utf-8")


@pytest.mark.parametrize(
    ("answer", "own"),
    [
        (RUNNING, "n292kg92CNTRL"),
        ({"BackendState": "NeedsLogin", "Self": {"ID": ""}}, None),
        ({"BackendState": "NeedsLogin", "Self": None}, None),
    ],
    ids=["joined", "not joined", "never started"],
)
def test_the_machine_says_its_id_or_that_it_has_none(scene: Scene, answer: object, own: str | None) -> None:
    _says(scene, answer)
    assert scene.host.member(scene.target) == own
    assert scene.droplet.calls() == [ASKED]


def test_a_tailscaled_that_begins_is_asked_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(member, "POLL_SECONDS", 0.1)
    _says(scene, {"BackendState": "Starting", "Self": {"ID": ""}}, RUNNING)
    assert scene.host.member(scene.target) == "n292kg92CNTRL"
    assert scene.droplet.calls() == [ASKED, ASKED]


def test_a_tailscaled_that_does_not_answer_or_not_so_is_an_error(scene: Scene) -> None:
    with pytest.raises(CommandError, match=r"^tailscale on 127\.0\.0\.1: ended with status 1$"):
        scene.host.member(scene.target)
    _says(scene, ["canary"])
    with pytest.raises(LabError) as caught:
        scene.host.member(scene.target)
    assert str(caught.value) == (
        "127.0.0.1: tailscaled says nothing that can be read; ./lab logs --unit tailscaled says more"
    )


def test_a_machine_without_nixos_is_in_no_tailnet(before_nixos: Scene) -> None:
    assert before_nixos.host.member(before_nixos.target) is None
    assert before_nixos.droplet.calls() == []
