"""The state file: what is in it, who may write it, and what a crash leaves of it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.cloud.identity import Identity
from infra.cloud.record import LOCK, Record, folder_of, opened
from infra.cloud.state import Kind
from infra.cloud.wanted import Goal
from infra.errors import LabError
from tests.cloud.fake.tailscale import CLIENT_SECRET
from tests.cloud.fake.world import TEAM, TOKEN
from tests.cloud.scene import Scene

UID = "0123456789abcdef0123456789abcdef"
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
INTENDED = """\
{
  "version": 1,
  "lab": "gpu-lab",
  "uid": "0123456789abcdef0123456789abcdef",
  "owner": "5df3e3004a17e242b7c20ca6c9fc25b701a47ece",
  "things": {
    "droplet": {
      "id": null,
      "at": "2026-11-26T12:00:00Z",
      "doomed": false
    }
  },
  "joined": false,
  "device": null,
  "key": null
}
"""


def test_an_intent_is_on_the_disk_when_intend_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    sync = os.fsync

    def watched(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        sync(descriptor)

    monkeypatch.setattr("infra.cloud.record.os.fsync", watched)
    with opened(tmp_path / "gpu-lab") as record:
        record.begin(Identity("gpu-lab", UID), TEAM)
        record.intend(Kind.DROPLET, NOON)
    assert (tmp_path / "gpu-lab/state.json").read_text(encoding="utf-8") == INTENDED
    assert synced == ["state.new", "gpu-lab"]


def test_what_was_made_takes_the_place_of_its_intent_and_is_forgotten_when_it_is_gone(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        record.begin(Identity("gpu-lab", UID), TEAM)
        record.intend(Kind.VOLUME, NOON)
        record.made(Kind.VOLUME, "v", NOON)
    with opened(tmp_path) as record:
        assert {kind: entry.id for kind, entry in record.state.things.items()} == {Kind.VOLUME: "v"}
        record.forget(Kind.VOLUME)
    with opened(tmp_path) as record:
        assert (record.state.things, record.state.identity) == ({}, Identity("gpu-lab", UID))


def test_a_second_process_is_kept_out_while_the_first_works(tmp_path: Path) -> None:
    with opened(tmp_path / "gpu-lab"):
        with pytest.raises(LabError) as caught, opened(tmp_path / "gpu-lab"):
            pass
        assert str(caught.value) == "gpu-lab: another ./lab works on this lab; let it end, or stop it"
    with opened(tmp_path / "gpu-lab"):
        pass


def test_a_write_that_is_cut_off_leaves_the_former_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as record:
        record.begin(Identity("gpu-lab", UID), TEAM)
        record.keep()
        before = (tmp_path / "state.json").read_bytes()

        def cut(_descriptor: int) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("infra.cloud.record.os.fsync", cut)
        with pytest.raises(KeyboardInterrupt):
            record.intend(Kind.DROPLET, NOON)
    assert (tmp_path / "state.json").read_bytes() == before


def test_a_file_that_is_none_of_ours_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"uid": 7}', encoding="utf-8")
    with pytest.raises(LabError) as caught, opened(tmp_path):
        pass
    assert str(caught.value) == (
        f"{tmp_path}/state.json: cannot be read; move it away, and ./lab adopt makes it anew from the lab's tags"
    )


def test_the_folder_is_the_operators_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with opened(folder_of("gpu-lab")):
        pass
    assert (tmp_path / "gpu-lab/gpu-lab").stat().st_mode & 0o777 == 0o700


def test_no_secret_is_in_the_folder(scene: Scene) -> None:
    scene.go(Goal.RUNNING)
    texts = "".join(file.read_text(encoding="utf-8") for file in scene.folder.rglob("*") if file.is_file())
    assert [secret for secret in (TOKEN, CLIENT_SECRET, "tskey-auth") if secret in texts] == []


def test_a_record_that_only_looks_writes_nothing(tmp_path: Path) -> None:
    record = Record(tmp_path)
    assert record.read() is None
    record.begin(Identity("gpu-lab", UID), TEAM)
    record.keep()
    record.intend(Kind.DROPLET, NOON)
    assert list(tmp_path.iterdir()) == []


def _with_keys(folder: Path, record: Record) -> None:
    """Have a volume, what opens it, and a key whose making was cut off."""
    record.begin(Identity("gpu-lab", UID), TEAM)
    record.made(Kind.VOLUME, "v", NOON)
    (folder / "tmp8x1/ssh_host_ed25519_key").parent.mkdir()
    (folder / "tmp8x1/ssh_host_ed25519_key").write_text("half", encoding="utf-8")
    (folder / "k3s-token").touch()


def test_the_keys_go_with_the_volume_whose_end_was_asked_for_and_the_lock_stays(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        _with_keys(tmp_path, record)
        record.doom(Kind.VOLUME, NOON)
        assert (tmp_path / "k3s-token").exists()
    with opened(tmp_path) as record:  # as after a crash
        record.forget(Kind.VOLUME)
        assert {file.name for file in tmp_path.iterdir()} == {LOCK, "state.json"}
        record.end()
    assert [file.name for file in tmp_path.iterdir()] == [LOCK]


def test_the_keys_stay_where_no_end_was_asked_for_or_the_volume_was_seen_again(tmp_path: Path) -> None:
    with opened(tmp_path) as record:
        _with_keys(tmp_path, record)
        record.doom(Kind.VOLUME, NOON)
        record.made(Kind.VOLUME, "v", NOON)
        record.forget(Kind.VOLUME)
        record.end()
    assert (tmp_path / "k3s-token").exists()


def test_who_only_looks_deletes_no_key(tmp_path: Path) -> None:
    with opened(tmp_path) as written:
        _with_keys(tmp_path, written)
        written.doom(Kind.VOLUME, NOON)
    record = Record(tmp_path)
    record.read()
    record.forget(Kind.VOLUME)
    assert (tmp_path / "k3s-token").exists()


def test_a_folder_that_others_could_enter_is_closed_to_them(tmp_path: Path) -> None:
    folder = tmp_path / "gpu-lab"
    folder.mkdir()
    folder.chmod(0o755)
    with opened(folder):
        assert folder.stat().st_mode & 0o777 == 0o700
