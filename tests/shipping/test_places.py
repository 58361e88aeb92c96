"""What is shipped, and what NixOS's modules expect, are in the same places."""

from __future__ import annotations

import json

import pytest

from infra.labs import ROOT
from infra.shipping.change import GUARD
from infra.shipping.places import CLUSTER_TOKEN, HOST_KEY, SECRETS, STATE, TAILSCALE_KEY
from infra.ssh import PORT

NIXOS = ROOT / "nixos"
pytestmark = pytest.mark.skipif(not NIXOS.exists(), reason="nixos/ is not in this branch yet")


def test_every_labs_host_is_told_the_places_where_files_are_put() -> None:
    files = sorted((NIXOS / "labs").glob("*.json"))
    assert files != []
    for file in files:
        facts = json.loads(file.read_text(encoding="utf-8"))
        secrets = facts["secrets"]
        assert [secrets["folder"], secrets["tailscale_key"], secrets["k3s_token"]] == [
            str(SECRETS),
            str(TAILSCALE_KEY),
            str(CLUSTER_TOKEN),
        ]
        assert (facts["state"]["folder"], facts["ssh"]["port"]) == (str(STATE), PORT)


def test_the_modules_name_the_host_key_and_the_guard_by_the_same_words() -> None:
    modules = NIXOS / "modules"
    assert f'path = "{HOST_KEY}"' in (modules / "users.nix").read_text(encoding="utf-8")
    assert f'name = "{GUARD}"' in (modules / "upgrade.nix").read_text(encoding="utf-8")
