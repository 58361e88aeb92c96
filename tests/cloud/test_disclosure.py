"""A secret in the configuration of NixOS: told by `plan` and `up` before anybody is asked for anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.cli import lab
from infra.errors import LabError
from infra.operator import Equipment
from infra.shipping.disclosure import Known
from infra.shipping.host import NixosHost
from tests.cloud.fake.world import TOKEN
from tests.cloud.person import Operator


@pytest.mark.parametrize("words", [("plan",), ("up", "--yes")], ids=" ".join)
def test_a_secret_in_the_configuration_is_told_before_anything_is_asked(
    person: Operator, key: str, tmp_path: Path, words: tuple[str, ...]
) -> None:
    file = tmp_path / "nixos" / "flake.nix"
    file.parent.mkdir()
    file.write_text(f'"{TOKEN}"\n', encoding="utf-8")
    host = NixosHost(known=(Known("DIGITALOCEAN_TOKEN", TOKEN),), configuration=file.parent)
    with pytest.raises(LabError) as caught:
        lab.main([*words, key], standalone_mode=False, obj=Equipment(person.scene.world.clock, host))
    assert str(caught.value) == (
        f"{file}: has the value of DIGITALOCEAN_TOKEN, and what is shipped from {file.parent} can be read by everybody "
        "on the machine, in Nix's store; take it out of there"
    )
    assert person.scene.site.calls == []
