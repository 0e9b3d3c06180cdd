"""What a student has said, read so that the same guess is the same text.

"about 19 zombies", "19 (all but one)" and "19" are one guess. Nothing is understood here
beyond numbers and what may stand around them; the rest stays words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Callable

NUMBER = re.compile(r"[x×]?([-+]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+))(%|×|[^\W\d_]*)")
REMARK = re.compile(r"\([^()]*\)")
SEPARATORS = re.compile(r";\s*"), re.compile(r",\s+"), re.compile(r"\s+and\s+", re.IGNORECASE)
IN_WORDS = {word: float(n) for n, word in enumerate(
    "none one two three four five six seven eight nine ten eleven twelve".split())} | {"zero": 0.0}
# What says nothing about the number beside it. "ms" does: questions ask for seconds.
AROUND = frozenset("about all approx approximately around ca circa maybe nearly probably roughly "
                   "s sec secs second seconds x × times % percent =".split())
# Of the question's words these change what a number says.
TELLING = frozenset("a any as at before between but each every few for in less many more most ms much never no "
                    "not of on only or per than that to under until up with without".split())
LONGEST = 80            # characters that are shown

Terms = dict[str, float]
OWN: dict[str, dict[str, Callable[[dict[str, int]], float]]] = {
    "q1": {"all clients": lambda n: n["clients"], "W": lambda n: n["workers"], "C": lambda n: n["capacity"],
           "W + C": lambda n: n["workers"] + n["capacity"],
           "W + C + 1": lambda n: n["workers"] + n["capacity"] + 1},
    "q2": {"1000 / wait": lambda n: 1000 / n["wait"], "1000 · W / wait": lambda n: 8000 / n["wait"],
           "1000 · 64 / wait": lambda n: 64000 / n["wait"]},
    "q6": {"all clients": lambda n: n["clients"], "all but 1": lambda n: n["clients"] - 1},
}


@dataclass(frozen=True)
class Guess:
    """What it is called, and where it stands among others if it is a number
    that is the same for everybody."""

    text: str
    number: float | None = None


def own_terms(task: str, numbers: dict[str, int]) -> Terms:
    """What a guess is called that is built of a student's own numbers."""
    try:
        return {term: value(numbers) for term, value in OWN.get(task, {}).items()}
    except (KeyError, ZeroDivisionError):       # course.toml has other numbers
        return {}


def read(said: str, question: str, terms: Terms) -> list[Guess]:
    """The guesses of one student: one for each thing that the question asks,
    as far as they can be told apart, or else one for all that was said."""
    around = AROUND | ({_bare(word) for word in question.casefold().split()} - TELLING)
    said = REMARK.sub(" ", said).strip() or said
    divided = next((s.split(said) for s in SEPARATORS if s.search(said)), [said])
    parts = [_guess(part, around, terms) for part in divided if part.strip()]
    if len(parts) > max(question.count("?"), 1) and not all(is_number for _, is_number in parts):
        return [_guess(said, around, terms)[0]]
    return [one for one, _ in parts]


def _guess(said: str, around: frozenset[str], terms: Terms) -> tuple[Guess, bool]:
    """A guess, and whether it is a number and no more."""
    tokens = [_token(bare) for bare in map(_bare, said.casefold().split()) if bare]
    numbers = [number for number, _ in tokens if number is not None]
    if len(numbers) != 1 or not all(_says_nothing(word, around) for _, word in tokens):
        shown = (_joined(number, word, terms) for number, word in tokens)
        return Guess(_cut(" ".join(shown) or said.casefold())), False
    name = _called(numbers[0], terms)
    if name != written(numbers[0]):
        return Guess(name), True
    return Guess(name, float(name.replace(",", ""))), True      # 266.66 and 266.7 are one guess


def _bare(word: str) -> str:
    """A word without what is written around it."""
    return word.strip("\"'`()[]{}?!:~≈°").rstrip(".,;:?!")


def _token(word: str) -> tuple[float | None, str]:
    """The number of a word, if it has one, and the rest of it. "0,8" stays a
    word: it may be two numbers."""
    if word in IN_WORDS:
        return IN_WORDS[word], ""
    match = NUMBER.fullmatch(word)
    return (float(match[1].replace(",", "")), match[2]) if match else (None, word)


def _says_nothing(word: str, around: frozenset[str]) -> bool:
    return not word or bool({word, word.removesuffix("s"), word + "s"} & around)


def _joined(number: float | None, word: str, terms: Terms) -> str:
    return word if number is None else f"{_called(number, terms)} {word}".strip()


def _called(number: float, terms: Terms) -> str:
    """The term that a number is, or the number."""
    return next((term for term, value in terms.items() if abs(number - value) <= 0.005 * value), written(number))


def written(number: float) -> str:
    """2000 is "2,000", and 266.66 is "266.7"."""
    if abs(number) >= 1e15:
        return f"{number:.3g}"
    return f"{number:,.0f}" if number == int(number) or abs(number) >= 1e4 else f"{number:.4g}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST - 3] + "..."
