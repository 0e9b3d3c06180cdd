"""Witnesses: tools that testify about a race, and never decide alone.

A witness is a module of this package with

    NAME                                    "helgrind"
    available() -> reason or None
    canary(scratch, launch) -> reason or None
    testify(program, scratch, launch) -> Testimony
    DECIDES = False, perhaps                it is heard beside a student only, and
                                            confirms nothing that Helgrind says

so a new witness is a new file. hearing.hear asks them all. Two are no tools
around a server: the explorer answers what they say (explorer.py), and bad luck
shows what became of the numbers (outcome.py).
"""
import importlib
import pkgutil
from types import ModuleType


def witnesses() -> list[ModuleType]:
    """Every witness there is, by name."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    modules = (importlib.import_module(f"{__name__}.{name}") for name in names)
    return [m for m in modules if hasattr(m, "testify")]


def decides(witness: ModuleType) -> bool:
    """Whether its word is worth something in a grade."""
    return getattr(witness, "DECIDES", True)
