"""The script that fetches vLLM's models, with the real huggingface_hub and a Hugging Face of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from infra.labs import ROOT
from infra.process import Completed, run
from testnode.internet.handler import Handler
from testnode.internet.hugging_face import HUB, HuggingFace, Repository
from testnode.programs.python_environment import python_environment

pytestmark = pytest.mark.node

SCRIPT = ROOT / "constructs" / "ailab" / "scripts" / "fetch_model.py"
OLD, NEW, NEWEST = ("0123456789" * 4)[:40], "a" * 40, "b" * 40
SECONDS = 120
FILES = {
    OLD: {"config.json": b"{}", "weights.bin": b"old"},
    NEW: {"config.json": b"{}", "weights.bin": b"new"},
    NEWEST: {"config.json": b"{}", "weights.bin": b"newest"},
}


class Volume:
    """A volume of models, filled from a hub that has some revisions and not others."""

    def __init__(self, folder: Path, server: ThreadingHTTPServer, offered: dict[str, Repository]) -> None:
        self.folder, self._server, self._offered = folder, server, offered

    def fetch(self, revision: str, model: str = "owner/model", *, offered: bool = True) -> Completed:
        """Run the Job's command once."""
        self._offered.clear()
        if offered:
            self._offered[model] = Repository(revision, FILES[revision])
        python = python_environment("vllm").folder / "venv/bin/python"
        env = {"HF_HOME": str(self.folder), "HF_ENDPOINT": f"http://127.0.0.1:{self._server.server_port}"}
        mark = self.folder / f"{revision}.complete"
        return run([python, SCRIPT, model, revision, mark], env=env, timeout=SECONDS, check=False)

    @property
    def models(self) -> Mapping[str, Mapping[str, bytes]]:
        """Read what a server finds: the files of each revision of each model."""
        found = self.folder.glob("hub/models--*/snapshots/*")
        return {
            f"{snapshot.parts[-3].removeprefix('models--')} {snapshot.name}": {
                file.name: file.read_bytes() for file in snapshot.iterdir()
            }
            for snapshot in found
        }

    @property
    def marks(self) -> set[str]:
        return {file.name for file in self.folder.iterdir() if file.is_file()}

    @property
    def contents(self) -> set[bytes]:
        """Read what takes space."""
        return {file.read_bytes() for file in self.folder.glob("hub/models--*/blobs/*")}


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Volume]:
    offered: dict[str, Repository] = {}

    class Hub(Handler):
        def _answer(self) -> None:
            self.send(HuggingFace(offered).sites[HUB](self.receive()))

        do_GET = do_HEAD = do_POST = _answer  # noqa: N815 - the names that the server calls

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield Volume(tmp_path, server, offered)
        server.shutdown()


def test_a_revision_takes_the_place_of_the_one_before_it_and_of_its_space(volume: Volume) -> None:
    assert volume.fetch(OLD).status == 0
    assert (volume.models, volume.marks) == ({f"owner--model {OLD}": FILES[OLD]}, {f"{OLD}.begun", f"{OLD}.complete"})
    assert volume.fetch(NEW).status == 0
    assert (volume.models, volume.marks) == ({f"owner--model {NEW}": FILES[NEW]}, {f"{NEW}.begun", f"{NEW}.complete"})
    assert volume.contents == {b"{}", b"new"}


def test_another_model_takes_the_place_of_the_whole_one_before_it(volume: Volume) -> None:
    volume.fetch(OLD)
    (volume.folder / f"{OLD}.begun").unlink()  # as volumes are that were filled before this was noted
    assert volume.fetch(NEW, "owner/other").status == 0
    assert volume.models == {f"owner--other {NEW}": FILES[NEW]}
    assert [file.name for file in (volume.folder / "hub").glob("models--*")] == ["models--owner--other"]


def test_what_is_served_stays_until_the_next_is_whole(volume: Volume) -> None:
    volume.fetch(OLD)
    assert volume.fetch(NEW, offered=False).status != 0
    assert volume.models == {f"owner--model {OLD}": FILES[OLD]}
    assert volume.marks == {f"{OLD}.begun", f"{OLD}.complete", f"{NEW}.begun"}


def test_an_old_job_that_succeeds_late_takes_nothing_away_that_was_begun_after_it(volume: Volume) -> None:
    assert volume.fetch(OLD, offered=False).status != 0
    assert volume.fetch(NEW).status == 0
    assert volume.fetch(OLD).status == 0
    assert volume.models[f"owner--model {NEW}"] == FILES[NEW]
    assert f"{NEW}.complete" in volume.marks
    assert volume.fetch(NEWEST).status == 0
    assert volume.models == {f"owner--model {NEWEST}": FILES[NEWEST]}


def test_a_revision_that_is_there_is_fetched_and_removed_by_nobody(volume: Volume) -> None:
    volume.fetch(NEW)
    assert volume.fetch(NEW).status == 0
    assert (volume.models, volume.marks) == ({f"owner--model {NEW}": FILES[NEW]}, {f"{NEW}.begun", f"{NEW}.complete"})
