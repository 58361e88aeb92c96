"""Configuration files that programs read, as text in a ConfigMap."""

from __future__ import annotations

from typing import Final

import yaml

# The same emitter in C, where PyYAML was built with it: in Python it was a fifth of a synthesis (bench/).
_DUMPER: Final = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def yaml_text(content: object) -> str:
    """Write YAML in the order of its keys here, with lines that a review can read."""
    return str(yaml.dump(content, Dumper=_DUMPER, sort_keys=False, width=120))
