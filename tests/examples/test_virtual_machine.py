"""The virtual machine of nixos/tests boots what the example of a lab without a GPU makes."""

from __future__ import annotations

import json

from tests.examples.virtual_machine import FOLDER, files


def test_the_virtual_machine_s_files_are_what_the_example_makes() -> None:
    assert {file: file.read_bytes() for file in FOLDER.iterdir()} == files()


def test_its_host_has_no_gpu_and_no_driver_to_ask_for() -> None:
    facts = json.loads((FOLDER / "host.json").read_text(encoding="utf-8"))
    assert (facts["lab"], facts["gpu"]) == ("cpu-only", None)
    assert "nvidia_driver" not in facts["floors"]
