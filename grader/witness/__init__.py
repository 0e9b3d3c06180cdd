"""Witnesses: tools that testify about a race, and never decide alone.

A witness is a module of this package with

    NAME                                    "helgrind"
    available() -> reason or None
    canary(scratch, launch) -> reason or None
    testify(program, scratch, launch) -> Testimony

so a new witness is a new file. hearing.hear asks them all. The explorer is no
tool around a server: it answers what they say (explorer.py).
"""
import importlib
import pkgutil
from types import ModuleType


def witnesses() -> list[ModuleType]:
    """Every witness there is, by name."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    modules = (importlib.import_module(f"{__name__}.{name}") for name in names)
    return [m for m in modules if hasattr(m, "testify")]
