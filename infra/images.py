"""`./lab images`: ask the registries whether the images are still what their rows say, and what is newer."""

from __future__ import annotations

from collections.abc import Sequence

import click
import httpx

from ailab.images import ALL, Image
from infra.console import progress, result
from infra.errors import LabError
from infra.registries.registry import SERVERS, http_client
from infra.registries.survey import Survey


@click.command()
@click.option(
    "--registry",
    "mirrors",
    multiple=True,
    metavar="HOST=URL",
    help="Ask the server at URL in HOST's place, e.g. docker.io=https://mirror.example.",
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
def images(mirrors: tuple[str, ...], names: tuple[str, ...]) -> None:
    """Compare the images with their registries.

    All of them, or those of NAME: docker.io, or docker.io/library/postgres.

    Status 0: each tag leads to the known digest and is not below its floor; newer versions alone are no failure.
    Status 1: something is to be done, or a registry did not answer.
    """
    chosen = _chosen(names)
    servers = SERVERS | dict(map(_mirror, mirrors))
    with http_client() as client:
        survey = Survey(client, servers)
        for image in progress(chosen, "asking registries"):
            survey.ask(image)
    for line in survey.lines():
        result(line)
    if survey.to_do:
        message = f"{survey.to_do} of {len(chosen)} images need something, as told above"
        raise LabError(message)


def _chosen(names: Sequence[str]) -> tuple[Image, ...]:
    """Select images by their whole names or the first parts of them; all where none is given."""
    for name in names:
        if not any(_named(image, name) for image in ALL):
            message = f"{name}: no such image; docs/images.md lists them"
            raise LabError(message)
    return tuple(image for image in ALL if not names or any(_named(image, name) for name in names))


def _named(image: Image, name: str) -> bool:
    return f"{image.repository}/".startswith(f"{name.rstrip('/')}/")


def _mirror(option: str) -> tuple[str, str]:
    host, _, address = option.partition("=")
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        url = httpx.URL()
    if not host or url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.raw_path != b"/":
        # Without the value: it may hold a password.
        message = "--registry: give the host of an image's name and a server, e.g. docker.io=https://mirror.example"
        raise LabError(message)
    if host not in {image.repository.partition("/")[0] for image in ALL}:
        message = f"--registry: {host}: no image is from there; docs/images.md lists them"
        raise LabError(message)
    return host, f"{url.scheme}://{url.netloc.decode('ascii')}"
