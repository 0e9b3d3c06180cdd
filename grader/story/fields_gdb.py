"""Run inside gdb: say which field lies where, for fields.py.

QUESTIONS in the environment is JSON: {"data": [[variable, offset]...],
"blocks": [[pc, source line, offset]...]}. Prints one line of JSON: for each
question of both lists the name, or "". Nothing is run.
"""
import json
import os
import re

import gdb

MADE = re.compile(r"([A-Za-z_]\w*(?:(?:->|\.)[A-Za-z_]\w*)*)\s*=\s*(?:\([^()]*\)\s*)?"
                  r"(?:malloc|calloc|realloc|reallocarray|aligned_alloc|mmap)\s*\(")
SIZED = re.compile(r"sizeof\s*\(?\s*((?:struct|union)\s+\w+)")
LEAF = re.compile(r"pthread_\w+_t|sem_t|mtx_t|cnd_t|atomic_\w+")


def inside(kind, offset):
    """The path from an object of a type to what lies at an offset."""
    if LEAF.fullmatch(str(kind.unqualified())):
        return ""
    kind = kind.strip_typedefs()
    if kind.code == gdb.TYPE_CODE_ARRAY:
        size = kind.target().sizeof
        return f"[{offset // size}]" + inside(kind.target(), offset % size) if size else ""
    if kind.code not in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
        return ""
    at = [f for f in kind.fields() if hasattr(f, "bitpos") and f.bitpos // 8 <= offset]
    if not at:
        return ""
    # The last that begins there or before; an array without a size goes on.
    field = max(at, key=lambda f: f.bitpos)
    begin = field.bitpos // 8
    flexible = field.type.strip_typedefs().code == gdb.TYPE_CODE_ARRAY
    if offset - begin >= field.type.sizeof and not flexible:
        return ""
    path = inside(field.type, offset - begin)
    return f".{field.name}{path}" if field.name else path


def type_of(path, pc):
    """The type of an expression such as q->slot, as seen from a place."""
    words = re.split(r"->|\.", path)
    block, symbol = gdb.block_for_pc(pc), None
    while block and not symbol:
        symbol = next((s for s in block if s.name == words[0] and (s.is_variable or s.is_argument)), None)
        block = block.superblock
    kind = symbol.type if symbol else None
    for word in words[1:]:
        kind = kind.strip_typedefs()
        kind = kind.target().strip_typedefs() if kind.code == gdb.TYPE_CODE_PTR else kind
        kind = next((f.type for f in kind.fields() if f.name == word), None)
        if kind is None:
            return None
    return kind


def in_block(pc, text, offset):
    """The name of a place in what malloc has returned there."""
    made = MADE.search(text)
    kind = type_of(made[1], pc) if made else None
    kind = kind.strip_typedefs() if kind is not None else None
    if kind is not None and kind.code == gdb.TYPE_CODE_PTR:
        name, kind = made[1], kind.target()
    else:
        sized = SIZED.search(text)
        if not sized:
            return ""
        name, kind = "it", gdb.lookup_type(sized[1])
    if kind.strip_typedefs().code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
        path = inside(kind, offset)
        return f"{name}->{path[1:]}" if path else ""
    return f"{name}[{offset // kind.sizeof}]" if kind.sizeof else ""


def in_variable(name, offset):
    symbol = gdb.lookup_global_symbol(name) or gdb.lookup_static_symbol(name)
    return name + inside(symbol.type, offset) if symbol else ""


def answer(ask, *question):
    try:
        return ask(*question)
    except (gdb.error, RuntimeError, AttributeError, TypeError):
        return ""


questions = json.loads(os.environ["QUESTIONS"])
print(json.dumps({"data": [answer(in_variable, *q) for q in questions["data"]],
                  "blocks": [answer(in_block, *q) for q in questions["blocks"]]}))
