"""Text from students, made harmless before any report sees it.

A server under test chooses the bytes that we quote: escape sequences that
repaint a terminal, direction marks that reorder a line, a megabyte of 'A'.
All of it passes through visible(), once, on the whole result (clean), so
that no report and no template can forget to.
"""

from __future__ import annotations

import unicodedata
from typing import Any

FIELD_BYTES = 4096      # an observed value, a note, a title
TOOL_BYTES = 20000      # the words of a tool: several stacks
_TEXT = "text"          # the key that holds them

# Control, format (zero width, direction), lone surrogate, line and paragraph
# separator: whatever a terminal or browser obeys instead of showing.
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _show(char: str) -> str:
    if char in "\n\t" or unicodedata.category(char) not in _HIDDEN:
        return char
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:        # a byte that was not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _cut(data: bytes, limit: int) -> str:
    """The first limit bytes, less the piece of a character at their end."""
    for end in range(limit, limit - 4, -1):
        try:
            return data[:end].decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            continue
    return ""


def visible(text: str, limit: int = FIELD_BYTES) -> str:
    """Return text with hidden characters spelled out (ESC is \\x1b) and at
    most limit bytes of it, the rest counted. Newlines and tabs stay."""
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > limit:
        text = f"{_cut(data, limit)}\n[{len(data) - limit} more bytes are not shown]"
    text = text.replace("\r\n", "\n")
    return text if text.isascii() and text.isprintable() else \
        "".join(map(_show, text))


def clean(value: Any, key: str = "") -> Any:
    """Return a copy of a JSON value in which every string, keys included,
    went through visible(). Texts of tools may be longer than other fields."""
    if isinstance(value, str):
        return visible(value, TOOL_BYTES if key == _TEXT else FIELD_BYTES)
    if isinstance(value, dict):
        return {visible(k): clean(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [clean(item, key) for item in value]
    return value
