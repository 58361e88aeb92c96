from __future__ import annotations

import importlib
import inspect

import pytest

import ailab


@pytest.mark.parametrize("name", ailab.__all__)
def test_a_public_name_is_what_it_says_whatever_was_imported_before(name: str) -> None:
    # Importing a module sets its name in the package: a public name must not be a module's.
    importlib.import_module("ailab.lab")
    thing = getattr(ailab, name)
    assert not inspect.ismodule(thing)
    assert inspect.getdoc(thing)


def test_the_public_names_fit_one_screen() -> None:
    assert len(ailab.__all__) <= 15


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'ailab' has no attribute 'Neo4j'"):
        _ = ailab.Neo4j
