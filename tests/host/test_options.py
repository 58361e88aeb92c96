"""NixOS's options as they are declared: what is known of their types."""

from __future__ import annotations

import json

import pytest

from tests.host.option_types import accepts
from tests.host.options import DATA, mistakes

if not DATA.exists():
    pytest.skip(f"NixOS's options are not beside the project: {DATA.name}", allow_module_level=True)

DECLARED = json.loads(DATA.read_text(encoding="utf-8"))
TYPES = sorted({option["type"] for option in DECLARED.values() if "type" in option})


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_is_known_and_most_refuse_something(kind: str) -> None:
    values: list[object] = [None, True, 7, "a\nb:", [7], {"a": 7}]
    assert [value for value in values if accepts(kind, value)] != values or kind.endswith(
        ("unspecified value", "raw value", "YAML 1.2 value", "anything", "packages")
    )


def test_every_default_is_of_its_options_type() -> None:
    wrong = [
        name
        for name, option in DECLARED.items()
        if "type" in option and "default" in option and not accepts(option["type"], option["default"])
    ]
    assert wrong == []


def test_a_type_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(ValueError, match="no such type is known: colour"):
        accepts("list of colour", ["red"])


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("null or (list of string)", [None, ["a"]], [[1], "a"]),
        ('boolean or one of "strict", "loose"', [True, "loose"], ["lose", 1]),
        ("16 bit unsigned integer; between 0 and 65535 (both inclusive)", [0, 65535], [-1, 65536, "80", True]),
        ("absolute path, not containing newlines or colons", ["/a"], ["a", "/a:b"]),
        ("string matching the pattern [a-z]+[.](service|mount)", ["a.mount"], ["a", "a.timer"]),
        ("attribute set of (null or string)", [{"a": None}], [{"a": 1}, ["a"]]),
        ("non-empty (list of string (with check: non-empty))", [["a"]], [[], [""]]),
    ],
)
def test_a_type_takes_what_nixos_takes(kind: str, good: list[object], bad: list[object]) -> None:
    assert [value for value in good if not accepts(kind, value)] == []
    assert [value for value in bad if accepts(kind, value)] == []


def test_what_is_set_beside_all_options_is_told() -> None:
    assert [*mistakes({"services": {"k3s": {"enable": True, "colour": "red"}}, "colours": {"red": 1}})] == [
        "services.k3s.colour: is no option",
        "colours: is no option",
    ]
