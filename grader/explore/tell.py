"""A run, told plainly: one line a step."""
from typing import Iterable, Iterator, Sequence

from grader.explore.finding import Event, Explored, preemptions
from grader.explore.symbols import Symbols

ACTIONS = {
    "reads": "reads {m}{is}", "writes": "writes {m}{to}", "loads": "loads {m}{is}", "stores": "stores {m}{to}",
    "updates": "updates {m}{to}", "fence": "a fence", "locks": "locks {m}", "lock-tried": "does not get {m}",
    "unlocks": "unlocks {m}", "cond-wait": "waits at {m}", "cond-woken": "has been woken at {m}",
    "cond-timeout": "has waited at {m} long enough", "signals": "signals {m}{whom}",
    "broadcasts": "wakes all {v} who wait at {m}", "sem-wait": "takes one from {m}: {v} left",
    "sem-tried": "finds {m} at 0", "sem-timeout": "has waited for {m} long enough",
    "sem-post": "posts {m}: {v} now", "sem-value": "looks at {m}: {v}", "read-locks": "locks {m} to read",
    "write-locks": "locks {m} to write", "rwlock-tried": "does not get {m}", "rwlock-unlocks": "unlocks {m}",
    "arrives": "arrives at {m}", "barrier-opens": "goes on from {m}", "once": "comes to {m}",
    "creates": "starts T{about}", "joins": "joins T{about}", "detaches": "detaches T{about}", "ends": "ends",
    "yields": "gives way", "sleeps": "has slept", "looks-at-the-clock": "looks at the clock", "frees": "frees {m}",
    "fd-read": "reads from a descriptor: {v}", "fd-write": "writes to a descriptor: {v}",
    "fd-close": "closes descriptor {about}", "polls": "polls: {v} ready",
}
VERDICTS = {
    "fine": "no failure", "wrong-result": "a wrong result", "data-race": "a data race", "deadlock": "a deadlock",
    "lost-wakeup": "a lost wake-up", "no-progress": "no progress", "bypassed": "starvation", "crash": "a crash",
    "use-after-free": "a use after free", "double-free": "a double free",
    "overflow": "an access beyond a block", "misuse": "a misuse", "leak": "a leak",
    "unsupported": "not supported", "inconclusive": "inconclusive", "diverged": "an impossible schedule",
}

MOST = 30       # stretches of a schedule that a terminal shows


def headline(found: Explored, symbols: Symbols) -> list[str]:
    """What was found, in a few lines."""
    if found.verdict == "fine":
        return [f"no failure in {found.searched}"]
    lines = [f"{VERDICTS.get(found.verdict, found.verdict)}, found in run {found.runs}:"]
    lines += [f"  {line}" for line in symbols.words(found.text, found).strip().splitlines()]
    if found.verdict == "data-race":
        lines.append(f"  (no wrong result came of it in {found.searched})")
    return lines + [f"  {line}" for line in races(found, symbols)]


def races(found: Explored, symbols: Symbols) -> Iterator[str]:
    """Each pair of accesses that nothing orders."""
    symbols.resolve(a.pc for r in found.races for a in (r.first, r.second))
    for race in found.races:
        first, second = (f"T{a.thread} {'writes' if a.write else 'reads'} at {symbols.line(a.pc)}"
                         for a in (race.first, race.second))
        yield f"data race on {symbols.memory(race.address, found)}: {first} and {second}, and nothing orders them"


def trace(found: Explored, symbols: Symbols) -> Iterator[str]:
    """One line a step: thread, what it does, value, place, source text. The
    steps on a thread's own variables are left out."""
    shown = visible(found.events, found)
    last = -1
    for event, line in zip(shown, lines(shown, found, symbols)):
        if event.thread != last:
            yield f"{who(event.thread, found)}:"
            last = event.thread
        yield f"  {line}"
    if found.events_lost:
        yield f"  ({found.events_lost} further steps)"


def visible(events: Iterable[Event], found: Explored) -> list[Event]:
    """The steps that others can see: without those on a thread's own variables."""
    return [e for e in events if not _own(e, found)]


def lines(events: Sequence[Event], found: Explored, symbols: Symbols, least: int = 0) -> list[str]:
    """A line for each step, in columns, of which the first is at least so wide."""
    symbols.resolve(e.pc for e in events)
    acts = [_act(e, found, symbols) for e in events]
    width = max(min(max(map(len, acts), default=0), 44), least)
    where = [str(symbols.line(e.pc)) if e.pc else "" for e in events]
    text = [symbols.source(e.pc) if e.pc else "" for e in events]
    return [f"T{e.thread} {act:{width}}  {w:18} {t}".rstrip() for e, act, w, t in zip(events, acts, where, text)]


def _own(event: Event, found: Explored) -> bool:
    base, size = found.stacks
    return event.action in ("reads", "writes") and base + event.thread * size <= event.address < base + (
        event.thread + 1) * size


def who(thread: int, found: Explored) -> str:
    """A thread, and what it is called."""
    role = next((t.role for t in found.threads if t.id == thread), "")
    return f"T{thread}{f' ({role})' if role else ' (main)' if thread == 0 else ''}"


def _act(event: Event, found: Explored, symbols: Symbols) -> str:
    value = "" if event.value is None else "a pointer" if is_pointer(event) else str(_signed(event))
    whom = f", which wakes T{event.about}" if event.value else ", and nobody waits there"
    return ACTIONS.get(event.action, event.action).format(
        m=symbols.memory(event.address, found) if event.address else "", about=event.about, v=value, whom=whom,
        **{"is": f" = {value}" if value else "", "to": f" = {value}" if value else ""})


def is_pointer(event: Event) -> bool:
    """To a stack or the heap: a number is seldom as large."""
    return event.size == 8 and 1 << 36 <= (event.value or 0) < 1 << 47


def _signed(event: Event) -> int:
    bits = 8 * event.size or 64
    value = event.value or 0
    return value - (1 << bits) if value >> (bits - 1) & 1 else value


def ending(found: Explored, where: str = "") -> list[str]:
    """How the order can be had again; of a long one the beginning, and where
    the rest of it is."""
    if not found.schedule:
        return []
    stretches = found.schedule.split()
    if where and len(stretches) > MOST:
        return [f"schedule: {' '.join(stretches[:MOST])} ... ({len(stretches) - MOST} more, in {where})"]
    before, after = found.switches
    shorter = f"  (shortened from {before} stretches to {after})" if after < before else ""
    return [f"schedule: {found.schedule}{shorter}"]


def whole(found: Explored, symbols: Symbols) -> str:
    """All of it."""
    return "\n".join([*headline(found, symbols), *(["", *trace(found, symbols)] if found.events else []),
                      *ending(found)])


def claim(found: Explored) -> str:
    """What a search without a failure allows one to say."""
    if found.exhausted >= 0:
        return f"none, in all orders with at most {preemptions(found.exhausted)}, nor in {found.runs} runs in all"
    return f"none found in {found.runs} runs"
