"""Debian's Chromium, without a window, as the browser of somebody on the tailnet."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from infra import process
from testnode import debian

PACKAGES: Final = ("chromium", "libnss3-tools")
PROGRAM: Final = "/usr/bin/chromium"
SECONDS: Final = 60


@contextmanager
def chromium(domain: str, address: str, authority: Path, home: Path) -> Iterator[Browser]:
    """Run a browser for the length of a `with` block; installs it where the machine has none.

    It trusts one certificate authority more than Debian's. Names outside the domain do not exist for it, so that a page
    which needs the internet is seen to fail.

    Args:
        domain: the names below it are all at one address.
        address: where they are.
        authority: PEM file of the authority that signed their certificates.
        home: folder of the browser's user; the trust is kept in it.

    Raises:
        LabError: the machine is no Debian, or its packages cannot be installed.

    """
    debian.install(PACKAGES, lambda _text: None)
    _trust(authority, home)
    words = [
        "--no-sandbox",  # its sandbox does not work for root, who runs the tests of the node
        f"--host-resolver-rules=MAP *.{domain} {address},MAP * ~NOTFOUND",
    ]
    with sync_playwright() as playwright:
        env: dict[str, str | float | bool] = {**os.environ, "HOME": str(home)}
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=words, env=env)
        try:
            yield browser
        finally:
            browser.close()


def _trust(authority: Path, home: Path) -> None:
    """Add the authority where Chromium looks on Linux.

    https://chromium.googlesource.com/chromium/src/+/main/docs/linux/cert_management.md
    """
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    database = ("-d", f"sql:{store}")
    process.run(("certutil", *database, "-N", "--empty-password"), timeout=SECONDS)
    process.run(("certutil", *database, "-A", "-n", "tailnet", "-t", "C,,", "-i", authority), timeout=SECONDS)
