"""Run inside gdb: print the threads of the process it is attached to, as JSON.

WAITS in the environment says, by thread, the word that it sleeps on (from
/proc); for each frame whose line names an object that holds this word the
name is kept, and for the word itself the thread that owns it, if it is a
mutex. Nothing of the process is called or changed.
"""
import json
import os
import re

import gdb

EXPRESSION = re.compile(r"&?\b[A-Za-z_]\w*(?:(?:->|\.)\w+|\[\w+\])*")
COMMENT = re.compile(r"/\*.*?(\*/|$)|//.*")
OWNER = 8               # bytes from a mutex's futex word to its owner (glibc)


def source(frame):
    """The file of a frame as it was compiled, if it is here, and the line."""
    place = frame.find_sal()
    if not place.symtab:
        return None, 0, ""
    path = place.symtab.fullname()
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return path, place.line, file.readlines()[place.line - 1]
    except (OSError, IndexError):
        return None, 0, ""


def span(value):
    """Where an expression's object lies: (address, size), or None."""
    kind = value.type.strip_typedefs()
    if kind.code == gdb.TYPE_CODE_PTR:
        return int(value), max(kind.target().sizeof, 1)
    if value.address is not None:
        return int(value.address), kind.sizeof
    return None


def name_of(word, frame, text):
    """What the line calls the object that holds this word, most exactly. The
    optimiser may have forgotten a variable: then the one address that the
    line takes is believed to be it."""
    frame.select()
    found, gone = [], []
    for expression in EXPRESSION.findall(text):
        try:
            at = span(gdb.parse_and_eval(expression))
        except gdb.error as error:
            if "optimized out" in str(error) and expression.startswith("&"):
                gone.append(expression[1:])
            continue        # or not a variable at all
        if at and at[0] <= word < at[0] + at[1]:
            found.append((at[1], expression.lstrip("&")))
    if found:
        return min(found)[1]
    return gone[0] if len(gone) == 1 else ""


def frames(word):
    """The selected thread's frames, innermost first."""
    out, frame = [], gdb.newest_frame()
    while frame is not None and len(out) < 40:
        path, line, text = source(frame)
        text = COMMENT.sub("", text)
        name = name_of(word, frame, text) if path and word else ""
        out.append({"function": frame.name() or "?", "file": path, "line": line,
                    "text": text.strip(), "name": name})
        frame = frame.older()
    return out


def owner(word):
    try:
        memory = gdb.selected_inferior().read_memory(word + OWNER, 4)
        return int.from_bytes(memory.tobytes(), "little")
    except gdb.MemoryError:
        return 0


def main():
    waits = {int(k): v for k, v in json.loads(os.environ["WAITS"]).items()}
    seen = []
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        word = waits.get(thread.ptid[1], 0)
        seen.append({"tid": thread.ptid[1], "frames": frames(word),
                     "owner": owner(word) if word else 0})
    print("LOOK " + json.dumps(seen))


main()
