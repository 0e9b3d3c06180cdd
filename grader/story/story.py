"""A failing order as a story: whole calls in a line, and every step where
threads come between each other. The one record of which the terminal, the
JSON and the picture are made."""
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Iterator, Optional

from grader.explore import tell
from grader.explore.finding import Event, Explored
from grader.explore.symbols import PLACE, Line as SourceLine, Symbols
from grader.story.calls import Piece, Places, calls, pieces
from grader.story.fields import Names
from grader.story.stacks import Stacks

MOST = 30               # lines of a story, its head and its end included
MOST_SEEN = 6           # of them for what was seen
MOST_OF_A_CALL = 3      # of a whole call that does something to an interrupted one
AFTER = 2               # of what follows, right after it and at the end
READS, WRITES = ("reads", "loads"), ("writes", "stores", "updates")
VERBS = ("reads", "reads"), ("atomically reads", "loads"), ("writes", "writes"), \
    ("atomically writes", "stores"), ("updates", "updates")
SHOWN = 3               # values in a line
# Signals that nobody heard are told where they were sent.
NOT_HERE = re.compile(r"; \d+ came while nobody waited, the last from \{c:\w+\}")


@dataclass(frozen=True)
class Line:
    """One line: what a thread does. mark: "" or "waits" where it then has to
    wait, "between" where others come between two of its steps, "again" where
    it goes on after that, "stays" where it is when another one fails."""

    thread: int
    function: str
    does: str
    place: str = ""
    source: str = ""
    mark: str = ""
    more: str = ""                  # what it waits for, or holds


@dataclass(frozen=True)
class Story:
    """A whole one. kind: the verdict in words; seen: what was seen of it."""

    kind: str
    seen: tuple[str, ...]
    threads: dict[int, str]         # number -> role, or the function it began with
    lines: tuple[Line, ...]
    before: int                     # lines left out at the beginning
    after: int                      # and at the end, where nothing happens to anybody any more
    schedule: str

    def to_dict(self) -> dict:
        return asdict(self)


def story(found: Explored, symbols: Symbols, part: str = "") -> Story:
    """Of a failure with its events. part: the directory of the student's files,
    or "" where the scenario itself is what is told of."""
    stacks, events = Stacks(found, symbols), tell.visible(found.events, found)
    symbols.resolve(e.pc for e in events)
    events = [stacks.at_home(e) for e in events]
    seen = seen_of(found)
    names = Names(symbols, found)
    parts = pieces(events, calls(events, Places(symbols, part)), stacks, found)
    lines = list(_merged(_undivided(list(_lines(parts, names, symbols)))))
    lines, after = _without_the_rest(lines)
    lines, before = _shortened(lines, MOST - 5 - min(len(seen), MOST_SEEN))
    return Story(tell.VERDICTS.get(found.verdict, found.verdict), tuple(in_words(s, symbols, names, part) for s in seen),
                 {t.id: t.role or ("main" if t.id == 0 else symbols.line(t.start + 1).function) for t in found.threads},
                 tuple(lines), before, after, found.schedule)


def seen_of(found: Explored) -> list[str]:
    """What was seen, line by line, places still as {c:pc} and {m:address}."""
    told = [line.strip() for line in found.text.strip().splitlines()]
    for race in found.races if not told else ():
        first, second = (f"T{a.thread} {'writes' if a.write else 'reads'} at {{c:{a.pc:x}}}"
                         for a in (race.first, race.second))
        told.append(f"{{m:{race.address:x}}}: {first}, {second}, and nothing orders them")
    return told


def in_words(text: str, symbols: Symbols, names: Names, part: str) -> str:
    """The same with lines and names for its places."""
    def word(m: re.Match) -> str:
        return _place(symbols.line(int(m[2], 16)), part) if m[1] == "c" else names.of(int(m[2], 16))
    return PLACE.sub(word, NOT_HERE.sub("", text))


def _place(line: SourceLine, part: str) -> str:
    """The scenario's files may be called as the student's are."""
    directory = Path(line.file).parent.name
    return str(line) if not part or directory == part or line.file.endswith(".h") else f"{directory}/{line}"


def _lines(parts: list[Piece], names: Names, symbols: Symbols) -> Iterator[Line]:
    """What the scenario does for itself is nobody's matter."""
    told = [piece for piece in parts if piece.call.function]
    for piece, following in zip(told, [*told[1:], None]):
        if _in_one(piece, following):
            lines = list(_in_detail(piece, names, symbols, only=_concerns(piece)))
            yield from [*lines[:MOST_OF_A_CALL], _summary(piece, names)]
        else:
            yield from _calling(piece, list(_in_detail(piece, names, symbols)), names, symbols)


def _in_one(piece: Piece, following: Optional[Piece]) -> bool:
    """Whether a line is enough: nobody is told to come between, nor while it
    is in what it has called. following: the piece that is told next."""
    if piece.whole and piece.preempted:
        return following is not None and following.call.thread == piece.call.thread
    return not piece.preempted and not piece.waits and \
        (piece.whole or piece.before is not None and not piece.crossed and not piece.again)


def _concerns(piece: Piece) -> set[int]:
    """The steps of a whole call, by number, that do something to others: to
    what an interrupted call is at work with, or to somebody who sleeps."""
    return {n for n, e in enumerate(piece.events)
            if e.action in WRITES and e.address in piece.matters or e.action == "signals" and e.value
            or e.action == "broadcasts" and e.value}


def _summary(piece: Piece, names: Names) -> Line:
    """What nobody interrupted: which elements of an array it has read, and
    what it has left behind. Where it is not the whole call, others may come
    before it acts on what it has read of theirs."""
    taken: dict[str, str] = {}
    left: dict[str, str] = {}
    for event in piece.events:
        name = names.of(event.address) if event.address else ""
        if event.value is None or tell.is_pointer(event):
            continue
        if event.action in WRITES:
            left[name] = _value(event)
        elif event.action in READS and (name.endswith("]") or not piece.whole and event.address in piece.matters):
            taken[name] = _value(event)
    said = [f"reads {_pairs(taken)}"] * bool(taken) + [_pairs(left)] * bool(left)
    said += [f"calls {piece.calls.function}"] if piece.calls else []
    return Line(piece.call.thread, piece.call.function, ": ".join([_how_far(piece), *["; ".join(said)] * bool(said)]))


def _how_far(piece: Piece) -> str:
    if piece.whole:
        return "complete"
    if piece.events[0] is piece.call.events[0]:
        return "begins"
    return "goes on" if piece.calls else "comes to its end"


def _calling(piece: Piece, lines: list[Line], names: Names, symbols: Symbols) -> list[Line]:
    """A piece's lines and where it then calls another function."""
    if not piece.calls or not (piece.calls.pc or _mark(piece)):
        return lines
    does, mark, more = f"calls {piece.calls.function}", _mark(piece), _more(piece, names) if _mark(piece) else ""
    place = str(symbols.line(piece.calls.pc)) if piece.calls.pc else ""
    if place and lines[-1].place == place:
        last = lines[-1]
        return [*lines[:-1], replace(last, does=f"{last.does}; {does}", mark=mark or last.mark, more=more)]
    return [*lines, Line(piece.call.thread, piece.call.function, does, place, symbols.source(piece.calls.pc), mark, more)]


def _pairs(values: dict[str, str]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in list(values.items())[-SHOWN:])


def _undivided(lines: list[Line]) -> list[Line]:
    """Where nobody is told to have come between, nobody has."""
    for i, (line, following) in enumerate(zip(lines, lines[1:])):
        if line.thread == following.thread and line.mark == "between":
            lines[i] = replace(line, mark="", more="")
            if following.mark == "again":
                lines[i + 1] = replace(following, mark="")
    return lines


def _in_detail(piece: Piece, names: Names, symbols: Symbols, only: Optional[set[int]] = None) -> Iterator[Line]:
    """Each source line of a call that others come between; or only those with
    some of its steps, by number."""
    groups: list[list[Event]] = []
    numbers: list[set[int]] = []
    for number, event in enumerate(piece.events):
        if groups and symbols.line(groups[-1][0].pc) == symbols.line(event.pc) and not _once_more(groups[-1], event):
            groups[-1].append(event)
        else:
            groups.append([event])
            numbers.append(set())
        numbers[-1].add(number)
    ends = "" if piece.calls else _mark(piece)
    for n, group in enumerate(groups):
        if only is not None and not only & numbers[n]:
            continue
        last = n == len(groups) - 1
        mark = ends if last and ends else "again" if n == 0 and piece.again else ""
        given = symbols.line(group[0].pc).file.endswith(".h")      # a header's line says nothing
        yield Line(piece.call.thread, piece.call.function, _doing(group, names),
                   "" if given else str(symbols.line(group[0].pc)), "" if given else symbols.source(group[0].pc),
                   mark, _more(piece, names) if mark and mark == ends else "")


def _mark(piece: Piece) -> str:
    """How it ends."""
    return "waits" if piece.waits else "between" if piece.preempted else "stays" if piece.stays else ""


def _more(piece: Piece, names: Names) -> str:
    """What a thread waits for, or has in its hands where others come between."""
    if piece.waits and piece.before and piece.events[-1].action != "cond-wait":   # which says it
        return f"for T{piece.before.about}" if piece.before.action == "joins" else f"for {names.of(piece.before.address)}"
    if piece.preempted and piece.holds:
        return f"it holds {', '.join(map(names.of, piece.holds))}"
    return ""


def _once_more(group: list[Event], event: Event) -> bool:
    """Whether a line begins anew: it reads what it has written."""
    return event.action in READS and any(e.action in WRITES and e.address == event.address for e in group)


def _doing(group: list[Event], names: Names) -> str:
    """What the steps of one source line do, in words: readings first."""
    said: list[str] = []
    for verb, *actions in VERBS:
        seen: dict[str, str] = {}
        for event in group:
            if event.action in actions and event.value is not None and not tell.is_pointer(event):
                seen[names.of(event.address)] = _value(event)
        if seen:
            said.append(f"{verb} {_pairs(seen)}")
    said += [_act(event, names) for event in group if event.action not in READS + WRITES]
    return "; ".join(said) or f"{'writes' if any(e.action in WRITES for e in group) else 'reads'} " + \
        ("a pointer" if all(e.value is None or tell.is_pointer(e) for e in group) else "something")


def _value(event: Event) -> str:
    """A number as an int has it; a byte is more often unsigned."""
    value, bits = event.value or 0, 8 * event.size or 64
    if bits == 8:
        return str(value)
    return str(value - (1 << bits) if value >> (bits - 1) & 1 else value)


def _act(event: Event, names: Names) -> str:
    whom = f", which wakes T{event.about}" if event.value else ", and nobody waits there"
    return tell.ACTIONS.get(event.action, event.action).format(
        m=names.of(event.address) if event.address else "", about=event.about, v=event.value, whom=whom,
        **{"is": "", "to": ""})


def _merged(lines: Iterator[Line]) -> Iterator[Line]:
    """Whole calls of one thread, one after the other, in a line."""
    last, times = None, 0
    for line in lines:
        alike = last and line.thread == last.thread and line.function == last.function and not last.mark \
            and line.does.startswith("complete") and last.does.startswith(("complete", f"{times} times"))
        if alike:
            times += 1
            last = Line(line.thread, line.function, f"{times} times {line.does}", mark=line.mark)
            continue
        if last:
            yield last
        last, times = line, 1
    if last:
        yield last


def _without_the_rest(lines: list[Line]) -> tuple[list[Line], int]:
    """Whole calls after all that was marked follow from it: the last few say
    what came of it."""
    last = max((i for i, line in enumerate(lines) if line.mark), default=0)
    over = len(lines) - 1 - last - 2 * AFTER
    if over <= 0 or any(line.place for line in lines[last + 1:]):
        return lines, 0
    return lines[:last + 1 + AFTER] + lines[-AFTER:], over


def _shortened(lines: list[Line], room: int) -> tuple[list[Line], int]:
    """The last lines: a failure shows at the end. But no line is left out in
    which somebody is interrupted, as long as there is room for these."""
    if len(lines) <= room:
        return lines, 0
    marked = [i for i, line in enumerate(lines) if line.mark in ("between", "again", "waits")]
    first = min([*marked[-room:], len(lines) - room]) if marked else len(lines) - room
    kept = lines[max(first, len(lines) - room):]
    return kept, len(lines) - len(kept)
