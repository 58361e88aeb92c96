"""How a volume becomes larger: by the steps that `up` names where the lab file has another size."""

from __future__ import annotations

import pytest

from infra.errors import LabError
from tests.cloud.person import Operator


def test_a_volume_is_larger_after_the_steps_that_up_names(person: Operator, key: str) -> None:
    person.gives("up", key, "--yes")
    file, [volume] = person.scene.file, person.scene.world.volumes
    file.write_text(file.read_text(encoding="utf-8") + 'volume = "500Gi"\n', encoding="utf-8")  # [droplet] is last
    with pytest.raises(LabError) as caught:
        person.gives("up", key, "--yes")
    assert str(caught.value).endswith(
        f"make it so: ./lab park, then doctl compute volume-action resize {volume.id} --size 500 --region tor1, or the "
        "control panel, then ./lab up, at whose boot the file system grows"
    )
    assert person.gives("park", "--yes")[0] == 0
    volume.gigabytes = 500
    assert (person.gives("up", key, "--yes")[0], person.scene.left()["volumes"]) == (0, 1)
