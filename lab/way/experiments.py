"""The experiments of make try, and whose question each of them answers: that
of a task, by the part where it matters."""

from typing import Dict, List, Union

ASKED: Dict[str, Union[str, Dict[str, str]]] = {
    "ladder": {"serial": "0a"}, "zombies": "1b", "stop": {"fork": "1e", "pool": "2e"}, "counter": "2a", "writer": "3b"}


def tasks(name: str) -> List[str]:
    """The tasks that an experiment is of, none for one that there is not."""
    asked = ASKED.get(name, {})
    return list(asked.values()) if isinstance(asked, dict) else [asked]
