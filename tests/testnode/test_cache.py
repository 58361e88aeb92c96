import signal
import sys
import time
from pathlib import Path

import pytest

from infra import process
from infra.errors import LabError
from testnode import cache
from testnode.cache import Recipe, superseded


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def _lines() -> list[str]:
    return []


def test_the_cache_lies_where_the_user_says(tmp_path: Path) -> None:
    assert cache.root() == tmp_path / "cache/gpu-lab"


def test_without_that_it_lies_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.root() == tmp_path / ".cache/gpu-lab"


def test_a_thing_is_built_once() -> None:
    said = _lines()
    recipe = Recipe("thing", "k1", lambda folder: (folder / "program").touch())
    folders = [recipe.build(said.append) for _ in range(2)]
    assert folders == [cache.root() / "thing-k1"] * 2
    assert said == ["thing: building", "thing: built in 0 s"]


def test_a_changed_recipe_builds_a_new_thing_beside_the_old_one() -> None:
    for key in ("k1", "k2"):
        Recipe("thing", key, lambda folder: (folder / "program").touch()).build(_lines().append)
    assert sorted(path.name for path in cache.root().glob("thing-*")) == ["thing-k1", "thing-k2"]


def test_a_failed_build_does_not_count_and_leaves_nothing_to_the_next() -> None:
    def fail(folder: Path) -> None:
        (folder / "half").touch()
        message = "no compiler"
        raise LabError(message)

    broken, mended = (Recipe("thing", "k1", make) for make in (fail, lambda folder: (folder / "program").touch()))
    with pytest.raises(LabError, match="no compiler"):
        broken.build(_lines().append)
    assert not broken.built
    assert sorted(path.name for path in mended.build(_lines().append).iterdir()) == [".complete", "program"]


# A build that tells when it has begun, then takes the given seconds.
SLOW_BUILD = """
import sys, time
from testnode.cache import Recipe, superseded
def make(folder):
    (folder / "half").touch()
    time.sleep(float(sys.argv[1]))
    (folder / "whole").touch()
Recipe("thing", "k1", make).build(print)
"""


def _start_slow_build(seconds: float, log: Path) -> process.Child:
    child = process.start((sys.executable, "-c", SLOW_BUILD, str(seconds)), log=log, cwd=Path.cwd())
    while not (cache.root() / "thing-k1/half").exists():
        time.sleep(0.02)
    return child


def test_a_killed_build_does_not_count_and_its_lock_is_free(tmp_path: Path) -> None:
    child = _start_slow_build(60, tmp_path / "log")
    child.send_signal(signal.SIGKILL)
    child.wait()
    recipe = Recipe("thing", "k1", lambda folder: (folder / "program").touch())
    assert not recipe.built
    assert sorted(path.name for path in recipe.build(_lines().append).iterdir()) == [".complete", "program"]


def test_two_runs_do_not_build_the_same_thing(tmp_path: Path) -> None:
    child = _start_slow_build(1, tmp_path / "log")
    said = _lines()
    folder = Recipe("thing", "k1", lambda folder: (folder / "second").touch()).build(said.append)
    child.wait()
    assert said == ["thing: another run is building it; waiting"]
    assert sorted(path.name for path in folder.iterdir()) == [".complete", "half", "whole"]


def test_a_long_build_is_heard_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "HEARTBEAT_S", 0.1)
    said = _lines()
    Recipe("thing", "k1", lambda _folder: time.sleep(0.25)).build(said.append)
    assert said == [
        "thing: building",
        "thing: still building, 0 s",
        "thing: still building, 0 s",
        "thing: built in 0 s",
    ]


def test_a_key_depends_on_texts_files_and_folders(tmp_path: Path) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "main.go").write_text("one")
    before = cache.key("flags", folder)
    assert cache.key("flags", folder) == before
    assert cache.key("other flags", folder) != before
    (folder / "main.go").write_text("two")
    assert cache.key("flags", folder) != before


def test_a_key_depends_on_the_names_of_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.go").write_text("same")
    assert cache.key(tmp_path / "one") != cache.key(tmp_path / "two")


def test_a_key_tells_where_one_input_ends_and_the_next_begins() -> None:
    assert cache.key("ab", "c") != cache.key("a", "bc")


def test_builds_of_other_recipes_of_the_same_name_are_superseded_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    current = Recipe("tool", "a" * 16, lambda _folder: None)
    current.build(lambda _line: None)
    old = current.folder.with_name("tool-" + "b" * 16)
    for folder in (old, current.folder.with_name("tool-chain-" + "c" * 16), current.folder.with_name("tool-notes")):
        folder.mkdir()
    assert superseded([current]) == [old]
