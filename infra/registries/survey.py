"""Asking the registries about images: which findings there are, and which registries did not answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import httpx
from httpx_retries import Retry

from ailab.images import Image
from infra.registries.check import Finding, check_row, check_tag, check_versions
from infra.registries.registry import PATIENCE, SERVERS, Manifest, RegistryError, RegistryUnavailableError, Repository


@dataclass
class Survey:
    """What has been found out so far. A registry that did not answer is not asked again.

    Attributes:
        client: sends the requests.
        servers: the host in an image's name -> the server to ask, where that is another.
        patience: how often and how long a failed request is tried again.
        findings: of each image.
        failures: of each registry that did not answer: why, and whose findings are missing for it.

    """

    client: httpx.Client
    servers: Mapping[str, str] = field(default_factory=lambda: SERVERS)
    patience: Retry = PATIENCE
    findings: dict[Image, list[Finding]] = field(default_factory=dict, init=False)
    failures: dict[str, tuple[str, list[Image]]] = field(default_factory=dict, init=False)

    def ask(self, image: Image) -> None:
        """Find out about one image."""
        findings = self.findings[image] = list(check_row(image))
        host, _, name = image.repository.partition("/")
        if host in self.failures:
            self.failures[host][1].append(image)
            return
        repository = Repository(self.servers.get(host, f"https://{host}"), name, self.client, self.patience)
        try:
            tag = repository.manifest(image.tag)
            findings.append(check_tag(image, tag, _pinned(image, tag, repository)))
            findings.extend(check_versions(image, repository.tags()))
        except RegistryUnavailableError as error:
            self.failures[host] = str(error), [image]
        except RegistryError as error:
            findings.append(Finding(str(error)))

    @property
    def to_do(self) -> int:
        """Count the images that need something, be it another try."""
        unanswered = [image for _, images in self.failures.values() for image in images]
        return sum(
            image in unanswered or any(finding.to_do for finding in found) for image, found in self.findings.items()
        )

    def lines(self) -> Iterator[str]:
        """Tell everything: each finding after its image, then each registry that did not answer."""
        for image, findings in self.findings.items():
            yield from (f"{image.repository}:{image.tag}: {finding.text}" for finding in findings)
        for host, (why, images) in self.failures.items():
            yield f"{host}: {why}; no whole answer about: {', '.join(image.repository for image in images)}"


def _pinned(image: Image, tag: Manifest | None, repository: Repository) -> Manifest | None:
    """Look the known digest up, but not a second time where the tag leads to it."""
    if image.digest is None:
        return None
    return tag if tag and tag.digest == image.digest else repository.manifest(image.digest)
