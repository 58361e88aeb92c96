"""An nginx of the tests: one process in the foreground, which writes into one folder alone."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_CONFIGURATION: Final = """\
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
{content}}}
"""


def configuration(folder: Path, content: str) -> str:
    """Write nginx's configuration around what stands in its block `http`."""
    return _CONFIGURATION.format(folder=folder, content=content)
