"""`.env.example`: the values that the lab's owner gives, from the table of secrets."""

from __future__ import annotations

from typing import Final

from ailab.secrets import DATABASES, PROVIDER_KEYS
from ailab.spec.providers import ProvidersSpec
from infra.credentials import REPAIRS

HEAD: Final = """\
# What only you can give. Copy this file to .env, give what you have, and run ./lab secrets apply.
# An absent line keeps what the cluster has; an empty value takes a key back. The environment wins over the file.
# Made from constructs/ailab/secrets.py by ./lab docs.
"""
DATABASES_HEAD: Final = """
# A PostgreSQL server that is there already, [postgres.existing]: postgresql://role:password@host:port/database
"""
CLOUD_HEAD: Final = """
# What ./lab up rents the machine with; it stays on this machine.
"""


def text() -> str:
    """Write the file; every line is a comment, so that a plain copy changes nothing."""
    urls = "".join(f"#{database.url.variable}=\n" for database in DATABASES)
    cloud = "".join(f"#{name}=\n" for name in REPAIRS)
    return HEAD + "".join(_provider(name) for name in PROVIDER_KEYS) + DATABASES_HEAD + urls + CLOUD_HEAD + cloud


def _provider(name: str) -> str:
    title = ProvidersSpec.model_fields[name].description
    variables = "".join(f"#{key.variable}=\n" for key in PROVIDER_KEYS[name])
    return f"\n# {title}: [providers.{name}]\n{variables}"
