"""Where things stand in a TOML file, which the library does not tell."""
import re

HEADER = re.compile(r"^\s*\[+\s*([^\]]+?)\s*\]+\s*(?:#.*)?$")
KEY = re.compile(r"""^\s*(?:"([^"]+)"|'([^']+)'|([\w-]+))\s*=""")


def places(text: str) -> dict[tuple[str, str], int]:
    """The line of each (table, key); the table's own line has the key "".
    Keys before the first table are those of "". Of what stands in a string of
    several lines nothing is known."""
    found, table = {("", ""): 1}, ""
    for number, line in enumerate(text.splitlines(), 1):
        head, key = HEADER.match(line), KEY.match(line)
        if head:
            table = head[1].replace('"', "")
            found.setdefault((table, ""), number)
        elif key:
            found.setdefault((table, key[1] or key[2] or key[3]), number)
    return found
