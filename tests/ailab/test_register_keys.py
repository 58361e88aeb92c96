"""The Job's script against a gateway that keeps keys as LiteLLM does."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ailab.scripts import register_keys
from tests.ailab.first_process import only_by_root, told_to_end
from tests.ailab.litellm_keys import MASTER_KEY, Keeper, serving

CHAT = "sk-" + "c" * 64
ROTATED = "sk-" + "d" * 64
Run = Callable[[], str]


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture
def run(
    keeper: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """Register one key for a local and a paid model; gives what the Job's log has."""
    models = [{"name": "llama", "needs": []}, {"name": "sonnet", "needs": ["ANTHROPIC_API_KEY"]}]
    monkeypatch.setattr("time.sleep", lambda _: None)
    for variable, value in (("MASTER_KEY", MASTER_KEY), ("KEY_CHAT", CHAT), ("ANTHROPIC_API_KEY", "a-key")):
        monkeypatch.setenv(variable, value)
    with serving(keeper) as address:
        file = tmp_path / "keys.json"
        file.write_text(
            json.dumps({"gateway": address, "keys": [{"alias": "chat", "variable": "KEY_CHAT", "models": models}]})
        )

        def register() -> str:
            register_keys.main(str(file))
            return capsys.readouterr().out

        yield register


def test_an_unknown_key_is_registered_for_its_models(keeper: Keeper, run: Run) -> None:
    assert run() == "chat: registered, 2 models\n"
    assert keeper.models(CHAT) == ["llama", "sonnet"]


def test_a_second_run_changes_nothing(keeper: Keeper, run: Run) -> None:
    run()
    before = dict(keeper.keys)
    assert run() == "chat: is up to date, 2 models\n"
    assert keeper.keys == before
    assert not any("/key/update" in request for request in keeper.requests)


def test_a_model_without_its_provider_s_key_is_not_offered(
    keeper: Keeper, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    assert run() == "chat: updated, 1 models\n"
    assert keeper.models(CHAT) == ["llama"]
    monkeypatch.setenv("ANTHROPIC_API_KEY", "a-key")
    run()
    assert keeper.models(CHAT) == ["llama", "sonnet"]


def test_an_empty_provider_s_key_is_none(keeper: Keeper, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "")
    run()
    assert keeper.models(CHAT) == ["llama"]


def test_a_key_for_no_model_opens_none(keeper: Keeper, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    declared = json.loads(file.read_text())
    declared["keys"][0]["models"] = []
    file.write_text(json.dumps(declared))
    run()
    assert keeper.models(CHAT) == ["no-default-models"]  # the gateway reads [] as "every model"


def test_after_a_rotation_the_old_value_stops_to_work(
    keeper: Keeper, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    monkeypatch.setenv("KEY_CHAT", ROTATED)
    assert run() == "chat: registered, 2 models\n"
    assert keeper.models(CHAT) is None
    assert keeper.models(ROTATED) == ["llama", "sonnet"]


def test_a_value_that_comes_back_works_again(keeper: Keeper, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (CHAT, ROTATED, CHAT):
        monkeypatch.setenv("KEY_CHAT", value)
        run()
    assert keeper.models(CHAT) == ["llama", "sonnet"]


def test_two_runs_at_the_same_time_agree(keeper: Keeper, run: Run) -> None:
    keeper.raced = True
    assert run() == "chat: was registered by another run at the same time, 2 models\n"
    assert keeper.models(CHAT) == ["llama", "sonnet"]


def test_it_waits_until_the_gateway_has_its_database(keeper: Keeper, run: Run) -> None:
    keeper.not_ready = 3
    assert run() == "chat: registered, 2 models\n"
    assert sum("/health/readiness" in request for request in keeper.requests) == 4


@only_by_root
def test_it_ends_when_told_to_while_it_waits(keeper: Keeper, tmp_path: Path) -> None:
    keeper.not_ready = 1000
    with serving(keeper) as address:
        file = tmp_path / "keys.json"
        file.write_text(json.dumps({"gateway": address, "keys": []}), encoding="utf-8")
        words = (sys.executable, register_keys.__file__, file)
        status = told_to_end(words, tmp_path / "log", lambda: keeper.requests != [], {"MASTER_KEY": MASTER_KEY})
    assert status == 128 + signal.SIGTERM


def test_its_patience_ends(keeper: Keeper, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper.not_ready = 1000
    monkeypatch.setattr(register_keys, "PATIENCE", 0)
    with pytest.raises(SystemExit, match=r"^gateway not ready after 0 s: its database is Not connected$"):
        run()


@pytest.mark.parametrize("path", ["/key/info", "/key/generate", "/key/update"])
def test_a_refusal_is_told_without_any_key(
    keeper: Keeper, run: Run, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    if path == "/key/update":
        run()
        monkeypatch.delenv("ANTHROPIC_API_KEY")
    keeper.refuses = path
    with pytest.raises(SystemExit) as refusal:
        run()
    line = str(refusal.value)
    assert "the gateway" in line
    assert "500" in line
    assert CHAT not in line


def test_a_wrong_master_key_is_told_without_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTER_KEY", "sk-wrong0123456789")
    monkeypatch.setattr(register_keys, "PATIENCE", 0)
    with pytest.raises(SystemExit) as refusal:
        run()
    assert "sk-wrong" not in str(refusal.value)


def test_no_value_stands_in_an_address(keeper: Keeper, run: Run) -> None:
    run()
    run()
    assert not any(CHAT in request for request in keeper.requests)
