"""A real registry of container images, Debian's `docker-registry`, with images as small as they can be."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import yaml

from infra import process
from testnode.patience import until

PROGRAM: Final = "docker-registry"
SECONDS: Final = 30
MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
INDEX: Final = "application/vnd.oci.image.index.v1+json"


@dataclass(frozen=True)
class Distribution:
    """A running registry.

    Attributes:
        address: scheme, host and port.
        storage: where it keeps what was pushed.
        client: sends the requests.

    """

    address: str
    storage: Path
    client: httpx.Client

    def push_index(self, name: str, tags: Sequence[str], text: str = "") -> str:
        """Push an image for two platforms under the tags, and return its digest.

        Another name or another text makes another digest.
        """
        images = []
        for architecture in ("amd64", "arm64"):
            content = self._image(name, architecture, text)
            platform = {"architecture": architecture, "os": "linux"}
            images.append({**self._put(name, _digest(content), MANIFEST, content), "platform": platform})
        content = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": images}).encode()
        for tag in tags:
            self._put(name, tag, INDEX, content)
        return _digest(content)

    def push_image(self, name: str, tag: str, text: str = "") -> str:
        """Push an image for one platform alone, without an index, and return its digest."""
        content = self._image(name, "amd64", text)
        self._put(name, tag, MANIFEST, content)
        return _digest(content)

    def replace(self, digest: str, content: bytes) -> None:
        """Write another content over that of a digest, as no honest registry has it."""
        value = digest.removeprefix("sha256:")
        (self.storage / "docker/registry/v2/blobs/sha256" / value[:2] / value / "data").write_bytes(content)

    def _image(self, name: str, architecture: str, text: str) -> bytes:
        configuration = json.dumps({"architecture": architecture, "os": "linux", "author": f"{name} {text}"}).encode()
        blob = self._upload(name, configuration)
        config = {"mediaType": "application/vnd.oci.image.config.v1+json", **blob}
        layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar", **self._upload(name, b"")}
        return json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]}).encode()

    def _upload(self, name: str, content: bytes) -> Mapping[str, str | int]:
        begun = self.client.post(f"{self.address}/v2/{name}/blobs/uploads/").raise_for_status()
        place = httpx.URL(begun.headers["Location"]).copy_merge_params({"digest": _digest(content)})
        self.client.put(place, content=content).raise_for_status()
        return {"digest": _digest(content), "size": len(content)}

    def _put(self, name: str, reference: str, kind: str, content: bytes) -> Mapping[str, str | int]:
        url = f"{self.address}/v2/{name}/manifests/{reference}"
        self.client.put(url, content=content, headers={"Content-Type": kind}).raise_for_status()
        return {"mediaType": kind, "digest": _digest(content), "size": len(content)}


@contextmanager
def distribution(folder: Path, login: Mapping[str, str] | None = None) -> Iterator[Distribution]:
    """Run a registry over a folder.

    Args:
        folder: for its images; what an earlier registry left there is served.
        login: which token server it believes; without one everybody may read and write.

    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    configuration: dict[str, object] = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": str(folder / "images")}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    file = folder / f"{port}.yml"
    file.write_text(
        yaml.safe_dump(configuration | ({"auth": {"token": dict(login)}} if login else {})), encoding="utf-8"
    )
    child = process.start([PROGRAM, "serve", file], log=folder / f"{port}.log")
    try:
        address = f"http://127.0.0.1:{port}"
        until(lambda: _answers(address), SECONDS, "the registry answers")
        with httpx.Client(timeout=SECONDS) as client:
            yield Distribution(address, folder / "images", client)
    finally:
        child.terminate()
        child.wait(SECONDS)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/v2/", timeout=SECONDS).status_code in {200, 401}
    except httpx.TransportError:
        return False


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
