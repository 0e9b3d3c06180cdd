"""Points that are divided anew among checks."""
from typing import Mapping

UNITS = 1, 0.5, 0.25, 0.1, 0.05     # of a point: the largest of which each check gets one


def shared(total: float, weights: Mapping[str, float]) -> dict[str, float]:
    """Divide `total` in proportion to the weights, in units as large as
    possible, so that the sum is exact and nobody goes without: by the largest
    remainder (Hamilton's method). Raises ValueError where it is too little."""
    for unit in UNITS:
        units = round(total / unit)
        if abs(units * unit - total) < 1e-9 and units >= len(weights):
            return {name: round(n * unit, 2) for name, n in _dealt(units, weights).items()}
    raise ValueError(f"{total:g} points cannot be divided among {len(weights)} checks")


def _dealt(units: int, weights: Mapping[str, float]) -> dict[str, int]:
    whole = sum(weights.values())
    exact = {name: units * weight / whole for name, weight in weights.items()}
    found = {name: max(1, int(share)) for name, share in exact.items()}
    while sum(found.values()) > units:      # those that got one for nothing have it from the largest
        most = max((n for n in found if found[n] > 1), key=lambda n: found[n] - exact[n])
        found[most] -= 1
    for name in sorted(exact, key=lambda n: found[n] - exact[n])[:units - sum(found.values())]:
        found[name] += 1
    return found
