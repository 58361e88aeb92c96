"""The script of the download Job, run with an `ollama` whose store is a folder."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from infra.labs import ROOT
from infra.process import Completed, run
from tests.ailab.first_process import only_by_root, told_to_end

SCRIPT = ROOT / "constructs" / "ailab" / "scripts" / "pull.sh"
# Each model is a file of $STORE; one that is named in $UNKNOWN cannot be had, one in $ENDLESS not within an hour. The
# server must run for all else.
OLLAMA = """\
#!/bin/bash
echo "$*" >> "$STORE.calls"
if [[ $1 == serve ]]; then
  echo $$ > "$STORE.server"
  exec sleep 60
fi
kill -0 "$(cat "$STORE.server")" || exit 1
case $1 in
  ps) ;;
  pull)
    [[ $2 != "$UNKNOWN" ]] || exit 1
    [[ $2 != "$ENDLESS" ]] || exec sleep 3600
    touch "$STORE/$2"
    ;;
  list)
    printf '%-30s %-12s %s\\n' NAME ID SIZE
    for model in $(ls "$STORE"); do printf '%-30s %-12s %s\\n' "$model" 46e0c10c039e '4.9 GB'; done
    ;;
  rm) rm "$STORE/$2" ;;
  *) exit 64 ;;
esac
"""


class Ollama:
    """A folder with the program on the script's PATH, and the models that it has."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._store = folder / "models"
        self._store.mkdir()
        program = folder / "ollama"
        program.write_text(OLLAMA, encoding="utf-8")
        program.chmod(0o755)

    @property
    def models(self) -> set[str]:
        return {file.name for file in self._store.iterdir()}

    def calls(self, word: str) -> list[str]:
        lines = (self._folder / "models.calls").read_text(encoding="utf-8").splitlines()
        return [line.removeprefix(f"{word} ") for line in lines if line.startswith(f"{word} ")]

    def has(self, *models: str) -> None:
        for model in models:
            (self._store / model).touch()

    def is_running(self) -> bool:
        server = Path("/proc") / (self._folder / "models.server").read_text(encoding="utf-8").strip()
        return server.exists()

    def pull(self, models: Sequence[str], *, unknown: str = "") -> Completed:
        return run(["bash", SCRIPT, *models], env=self._environment(unknown=unknown), timeout=60, check=False)

    def told_to_end(self, models: Sequence[str], *, endless: str) -> int:
        """Tell the script to end while it waits for a model; returns its status."""
        log, env = self._folder / "log", self._environment(endless=endless)

        def at_work() -> bool:
            return log.read_text(encoding="utf-8").endswith(f"pulling {endless}\n") and endless in self.calls("pull")

        return told_to_end(["bash", SCRIPT, *models], log, at_work, env)

    def _environment(self, *, unknown: str = "", endless: str = "") -> Mapping[str, str]:
        folders = f"{self._folder}:/usr/bin:/bin"
        return {"PATH": folders, "STORE": str(self._store), "UNKNOWN": unknown, "ENDLESS": endless}


@pytest.fixture
def ollama(tmp_path: Path) -> Ollama:
    return Ollama(tmp_path)


def test_every_model_is_pulled_and_the_server_ends(ollama: Ollama) -> None:
    assert ollama.pull(["llama3.1:8b", "nomic-embed-text:v1.5"]).status == 0
    assert ollama.models == {"llama3.1:8b", "nomic-embed-text:v1.5"}
    assert not ollama.is_running()


def test_a_model_that_cannot_be_had_keeps_no_other_away_and_fails_the_job(ollama: Ollama) -> None:
    done = ollama.pull(["llama3.1:8b", "lost:1b", "qwen3:8b"], unknown="lost:1b")
    assert ollama.models == {"llama3.1:8b", "qwen3:8b"}
    assert done.status == 1
    assert "not pulled: lost:1b" in done.stderr
    assert not ollama.is_running()


def test_a_model_that_the_lab_no_longer_names_is_removed(ollama: Ollama) -> None:
    ollama.has("llama3.1:8b", "llama3.1:70b", "mistral:7b")
    assert ollama.pull(["llama3.1:8b"]).status == 0
    assert ollama.models == {"llama3.1:8b"}
    assert sorted(ollama.calls("rm")) == ["llama3.1:70b", "mistral:7b"]


@only_by_root
def test_a_download_ends_when_told_to_and_takes_nothing_away(ollama: Ollama) -> None:
    ollama.has("mistral:7b")
    assert ollama.told_to_end(["llama3.1:8b", "qwen3:8b"], endless="qwen3:8b") == 128 + signal.SIGTERM
    assert ollama.models == {"llama3.1:8b", "mistral:7b"}


def test_a_named_model_that_cannot_be_asked_for_today_is_kept(ollama: Ollama) -> None:
    ollama.has("llama3.1:8b")
    assert ollama.pull(["llama3.1:8b"], unknown="llama3.1:8b").status == 1
    assert ollama.models == {"llama3.1:8b"}


def test_a_list_with_a_wrong_name_takes_nothing_away_from_the_list_that_came_after_it(ollama: Ollama) -> None:
    wrong, right = ["llama3.1:8b", "nomic-embed-txet"], ["llama3.1:8b", "nomic-embed-text:v1.5"]
    statuses = [ollama.pull(models, unknown="nomic-embed-txet").status for models in (wrong, right, wrong)]
    assert (statuses, ollama.models) == ([1, 0, 1], set(right))


def test_a_second_run_asks_again_and_changes_nothing(ollama: Ollama) -> None:
    models = ["llama3.1:8b", "nomic-embed-text:v1.5"]
    assert [ollama.pull(models).status, ollama.pull(models).status] == [0, 0]
    assert ollama.models == set(models)
    assert ollama.calls("pull") == models * 2
    assert ollama.calls("rm") == []
