"""What a lab is made of, as its owner writes it: typed, frozen and checked. It never starts Node."""

from ailab.spec.argocd import ArgoCdSpec
from ailab.spec.faults import SpecError
from ailab.spec.file import apart, load, load_argocd
from ailab.spec.lab import LabSpec

__all__ = ["ArgoCdSpec", "LabSpec", "SpecError", "apart", "load", "load_argocd"]
