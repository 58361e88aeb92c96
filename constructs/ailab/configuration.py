"""Configuration files that programs read, as text in a ConfigMap."""

from __future__ import annotations

import yaml


def yaml_text(content: object) -> str:
    """Write YAML in the order of its keys here, with lines that a review can read."""
    return yaml.safe_dump(content, sort_keys=False, width=120)
