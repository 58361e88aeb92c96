"""What a lab's host must set, and why: a promise that no type checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ailab.host_facts import HostFacts
from tests.host.evaluation import PRIORITY, Host, OptionPath, shown

Value = Callable[[HostFacts], object]
Condition = Callable[[HostFacts], bool]


@dataclass(frozen=True)
class Promise:
    """One option of one file that has this value, or these items among others."""

    file: str
    option: OptionPath
    value: Value
    why: str
    among: bool = False
    forced: bool = False  # nixpkgs' own module sets it, too
    when: Condition = lambda _facts: True

    def broken(self, host: Host, facts: HostFacts) -> Iterator[str]:
        """Say what is there instead."""
        found, wanted = host.value(*self.option), self.value(facts)
        name = f"modules/{self.file}.nix: {shown(self.option)}"
        if not self.when(facts):
            if found is not None:
                yield f"{name}: is set where it has no place"
        elif self.among and isinstance(wanted, list):
            lacking = [item for item in wanted if not isinstance(found, list) or item not in found]
            yield from (f"{name}: lacks {item!r}: {self.why}" for item in lacking)
        elif found != wanted or type(found) is not type(wanted):
            yield f"{name}: is {found!r}, not {wanted!r}: {self.why}"
        elif self.forced and any(setting.priority >= PRIORITY for setting in host.strongest(self.option)):
            yield f"{name}: is not forced: {self.why}"


def always(value: object) -> Value:
    """Make a value that does not depend on the lab."""
    return lambda _facts: value
