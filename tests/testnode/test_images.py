import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from testnode.addons import MANIFESTS
from testnode.images import Image, local_names, stand_in_image, write_archive
from testnode.standin import StandIn
from testnode.system_images import COREDNS_IMAGE, PROBE_IMAGE, STORAGE_IMAGE

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("reference", "names"),
    [
        ("docker.io/library/postgres:18.6", ("docker.io/library/postgres:18.6",)),
        (f"docker.io/library/postgres@{DIGEST}", (f"docker.io/library/postgres@{DIGEST}",)),
        (
            f"docker.io/library/postgres:18.6@{DIGEST}",
            (f"docker.io/library/postgres:18.6@{DIGEST}".split("@")[0], f"docker.io/library/postgres@{DIGEST}"),
        ),
        ("registry.example:5000/team/app:1", ("registry.example:5000/team/app:1",)),
        (f"registry.example:5000/app@{DIGEST}", (f"registry.example:5000/app@{DIGEST}",)),
    ],
)
def test_a_digest_is_looked_up_without_the_tag_beside_it(reference: str, names: tuple[str, ...]) -> None:
    assert local_names(reference) == names


def test_an_archive_says_what_the_image_says(tmp_path: Path) -> None:
    image = Image(
        references=("example.org/app:1",),
        entrypoint=("/entry",),
        cmd=("serve",),
        env={"MODE": "test"},
        user="999:999",
        working_directory="/app",
        stop_signal="SIGINT",
    )
    assert _config(image, tmp_path)["config"] == {
        "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "MODE=test"],
        "Entrypoint": ["/entry"],
        "Cmd": ["serve"],
        "User": "999:999",
        "WorkingDir": "/app",
        "StopSignal": "SIGINT",
    }


def test_an_archive_holds_folders_before_their_files_with_the_modes_asked_for(tmp_path: Path) -> None:
    image = Image(
        references=("example.org/app:1",),
        files={"/app/docker/entry.sh": "#!/bin/sh\n"},
        directories={"/app/.cache": 0o777},
        links={"/bin/sh": "/usr/bin/sh"},
        users={"postgres": 999},
    )
    with tarfile.open(fileobj=_layer(image, tmp_path)) as layer:
        entries = [(entry.name, oct(entry.mode), entry.linkname) for entry in layer]
    assert entries == [
        ("tmp", "0o1777", ""),
        ("app", "0o755", ""),
        ("app/.cache", "0o777", ""),
        ("lib", "0o644", "usr/lib"),
        ("lib64", "0o644", "usr/lib64"),
        ("sbin", "0o644", "usr/sbin"),
        ("bin", "0o755", ""),
        ("bin/sh", "0o644", "/usr/bin/sh"),
        ("etc", "0o755", ""),
        ("etc/passwd", "0o755", ""),
        ("etc/group", "0o755", ""),
        ("app/docker", "0o755", ""),
        ("app/docker/entry.sh", "0o755", ""),
    ]


def test_every_user_has_a_name(tmp_path: Path) -> None:
    image = Image(references=("example.org/app:1",), users={"postgres": 999})
    with tarfile.open(fileobj=_layer(image, tmp_path)) as layer:
        passwd, group = (layer.extractfile(name) for name in ("etc/passwd", "etc/group"))
        assert passwd is not None
        assert group is not None
        assert passwd.read().decode().splitlines() == [
            "root:x:0:0::/:/bin/sh",
            "nobody:x:65534:65534::/:/bin/sh",
            "postgres:x:999:999::/:/bin/sh",
        ]
        assert group.read().decode().splitlines() == ["root:x:0:", "nobody:x:65534:", "postgres:x:999:"]


def test_the_same_image_gives_the_same_bytes(tmp_path: Path) -> None:
    image = Image(references=("example.org/app:1",), files={"/entry": "one"})
    for name in ("first", "second"):
        write_archive(image, tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_a_file_of_the_machine_is_copied_into_the_image(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"\x7fELF")
    with tarfile.open(fileobj=_layer(Image(("example.org/app:1",), files={"/app": source}), tmp_path)) as layer:
        file = layer.extractfile("app")
        assert file is not None
        assert file.read() == b"\x7fELF"


def test_a_stand_in_has_the_names_of_the_real_image_and_a_shell() -> None:
    stand_in = StandIn(
        "example.org/app", "app 2", entrypoint=("/entry",), user="101", working_directory="/srv", stop_signal="SIGINT"
    )
    assert stand_in_image(f"example.org/app:1@{DIGEST}", stand_in) == Image(
        references=("example.org/app:1", f"example.org/app@{DIGEST}"),
        entrypoint=("/entry",),
        user="101",
        working_directory="/srv",
        stop_signal="SIGINT",
        links={"bin/sh": "/usr/bin/sh", "bin/bash": "/usr/bin/bash"},
    )


@pytest.mark.parametrize(
    ("manifest", "images"),
    [("coredns.yaml", [COREDNS_IMAGE]), ("local-path.yaml", [STORAGE_IMAGE, PROBE_IMAGE])],
)
def test_an_addon_uses_no_image_that_the_node_has_not(manifest: str, images: list[str]) -> None:
    text = (MANIFESTS / manifest).read_text()
    assert text.count("image: ") == len(images)
    assert all(image in text for image in images)


def _members(image: Image, folder: Path) -> dict[str, bytes]:
    write_archive(image, folder / "image.tar")
    with tarfile.open(folder / "image.tar") as archive:
        files = ((entry.name, archive.extractfile(entry)) for entry in archive)
        return {name: file.read() for name, file in files if file is not None}


def _layer(image: Image, folder: Path) -> io.BytesIO:
    members = _members(image, folder)
    (manifest,) = json.loads(members["manifest.json"])
    return io.BytesIO(members[manifest["Layers"][0]])


def _config(image: Image, folder: Path) -> dict[str, Any]:
    members = _members(image, folder)
    (manifest,) = json.loads(members["manifest.json"])
    config: dict[str, Any] = json.loads(members[manifest["Config"]])
    return config
