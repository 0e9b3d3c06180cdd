"""What grading leaves behind: one module a format.

A module here may define
    submission(result, directory)   called for each submission; directory is
                                    its own, where its result.json lies
    klass(results, directory, notes)    called once, for the directory of them
                                    all; notes: sentences on the class itself
Adding a format is adding a file. Names with _ in front are not formats.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType
from typing import Any, Iterator, Sequence


def _formats() -> Iterator[ModuleType]:
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda i: i.name):
        if not info.name.startswith("_"):
            yield importlib.import_module(f"{__name__}.{info.name}")


def _call(function: str, *subject: Any) -> None:
    for module in _formats():
        if hasattr(module, function):
            getattr(module, function)(*subject)


def write_submission(result: dict[str, Any], directory: Path) -> None:
    """Write every format of one submission into its directory (DIR/NAME).
    Raises OSError, and ImportError where a format lacks its library."""
    _call("submission", result, Path(directory))


def write_class(results: list[dict[str, Any]], directory: Path, notes: Sequence[str] = ()) -> None:
    """Write every format of the whole class into directory (DIR), whose
    folders are named like the submissions. Raises as write_submission."""
    _call("klass", results, Path(directory), notes)
