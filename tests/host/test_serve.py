"""What the host serves to the tailnet comes to be what the lab's file says, whatever was there before."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from ailab.spec.web import Exposure
from infra import process
from infra.process import Completed
from tests.host.recorded import SCRIPTS

pytestmark = pytest.mark.needs("bash", "jq", "timeout")

TAILNET: Final = "tail1a2b3c.ts.net"
TARGET: Final = "10.43.0.80:80"
NAMES: Final = ("litellm", "openwebui")
STATUS: Final = "serve status --json"
FORWARDED: Final = {"TCP": {"80": {"TCPForward": TARGET}}}
SERVICES: Final = {
    "Services": {
        f"svc:{name}": {
            "TCP": {"443": {"HTTPS": True}},
            "Web": {f"{name}.{TAILNET}:443": {"Handlers": {"/": {"Proxy": f"http://{TARGET}"}}}},
        }
        for name in NAMES
    }
}
ANNOUNCED: Final = [f"serve advertise svc:{name}" for name in NAMES]
SERVED: Final = [f"serve --service=svc:{name} --https=443 http://{TARGET}" for name in NAMES]
SOMETHING_ELSE: Final = {
    "TCP": {"443": {"HTTPS": True}, "22": {"TCPForward": "127.0.0.1:22"}},
    "Web": {"gpu-lab.tail1a2b3c.ts.net:443": {"Handlers": {"/": {"Proxy": "http://127.0.0.1:3000"}}}},
    "Services": {"svc:old": {"TCP": {"443": {"HTTPS": True}}}},
}


@dataclass(frozen=True)
class Tailscaled:
    """The stand-in, and what it serves."""

    folder: Path

    @property
    def serves(self) -> object:
        return json.loads((self.folder / "serve.json").read_text())

    def begin(self, state: object) -> None:
        """Let it serve that, by nobody's call."""
        (self.folder / "serve.json").write_text(json.dumps(state))

    @property
    def calls(self) -> list[str]:
        """Take the calls since the last time."""
        file = self.folder / "calls"
        calls = file.read_text().splitlines()
        file.write_text("")
        return calls

    def converge(self, exposure: str, tailnet: str = TAILNET, fails_at: int = 0) -> Completed:
        env = {
            "SERVE_EXPOSURE": exposure,
            "SERVE_TARGET": TARGET,
            "SERVE_HOSTS": " ".join(f"{name}.{tailnet}" for name in NAMES),
            "STAND_IN_FOLDER": str(self.folder),
            "STAND_IN_TAILNET": TAILNET,
            "FAILS_AT": str(fails_at),
            "PATH": f"{self.folder}:{os.environ['PATH']}",
        }
        return process.run(("bash", SCRIPTS / "serve.sh"), timeout=60, env=env, check=False)


@pytest.fixture
def tailscaled(tmp_path: Path) -> Tailscaled:
    program = tmp_path / "tailscale"
    source = Path(__file__).with_name("tailscale_stand_in.py").read_text()
    program.write_text(f"#!{sys.executable} -IS\n{source}")
    program.chmod(0o755)
    made = Tailscaled(tmp_path)
    made.begin(None)
    return made


def test_services_have_a_name_and_a_certificate_each(tailscaled: Tailscaled) -> None:
    assert tailscaled.converge("services").status == 0
    assert tailscaled.serves == SERVICES
    assert tailscaled.calls == [STATUS, "serve reset", *SERVED, *ANNOUNCED, STATUS]


@pytest.mark.parametrize("exposure", ["hosts", "split-dns"])
def test_names_below_the_machine_are_forwarded_whatever_they_are(tailscaled: Tailscaled, exposure: str) -> None:
    assert tailscaled.converge(exposure).status == 0
    assert tailscaled.serves == FORWARDED
    assert tailscaled.calls == [STATUS, "serve reset", f"serve --bg --tcp=80 tcp://{TARGET}", STATUS]


@pytest.mark.parametrize(("exposure", "asked"), [("services", ANNOUNCED), ("hosts", [])])
def test_a_second_run_changes_nothing(tailscaled: Tailscaled, exposure: str, asked: list[str]) -> None:
    tailscaled.converge(exposure)
    assert tailscaled.calls
    assert tailscaled.converge(exposure).status == 0
    assert tailscaled.calls == [STATUS, *asked, STATUS]


@pytest.mark.parametrize("exposure", list(Exposure))
def test_whatever_else_was_served_is_taken_away(tailscaled: Tailscaled, exposure: Exposure) -> None:
    tailscaled.begin(SOMETHING_ELSE)
    assert tailscaled.converge(exposure).status == 0
    assert tailscaled.serves == (SERVICES if exposure is Exposure.SERVICES else FORWARDED)
    assert "serve clear svc:old" in tailscaled.calls


def test_another_exposure_takes_the_announced_services_back(tailscaled: Tailscaled) -> None:
    tailscaled.converge("services")
    assert tailscaled.calls
    assert tailscaled.converge("hosts").status == 0
    cleared = [f"serve clear svc:{name}" for name in NAMES]
    assert tailscaled.calls == [STATUS, *cleared, "serve reset", f"serve --bg --tcp=80 tcp://{TARGET}", STATUS]


@pytest.mark.host  # too many runs for the tier of every save
@pytest.mark.parametrize("exposure", [Exposure.SERVICES, Exposure.HOSTS])
def test_a_call_that_fails_is_made_good_by_the_next_run(tailscaled: Tailscaled, exposure: Exposure) -> None:
    tailscaled.begin(SOMETHING_ELSE)
    tailscaled.converge(exposure)
    number = len(tailscaled.calls)
    assert number >= 5
    for failing in range(1, number + 1):
        tailscaled.begin(SOMETHING_ELSE)
        assert tailscaled.converge(exposure, fails_at=failing).status != 0, failing
        assert tailscaled.calls
        assert tailscaled.converge(exposure).status == 0, failing
        assert tailscaled.serves == (SERVICES if exposure is Exposure.SERVICES else FORWARDED)
        assert tailscaled.calls


def test_names_of_another_tailnet_than_the_machine_is_in_are_noticed(tailscaled: Tailscaled) -> None:
    done = tailscaled.converge("services", tailnet="example-tailnet.ts.net")
    assert done.status == 1
    assert done.stderr.startswith(
        "serve: tailscaled serves something else than the lab's file says; is the tailnet's name right there?\n"
    )


def test_an_unknown_exposure_changes_nothing(tailscaled: Tailscaled) -> None:
    tailscaled.begin(SOMETHING_ELSE)
    done = tailscaled.converge("funnel")
    assert (done.status, tailscaled.serves) == (1, SOMETHING_ELSE)
    assert done.stderr == 'serve: SERVE_EXPOSURE: "funnel" is none; services, hosts or split-dns\n'
