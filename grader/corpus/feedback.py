"""What a report says to the student: its own sentence, and no other accusation."""
import html
import io
import re
from pathlib import Path

from grader.corpus.verify import named
from grader.report import terminal

# How a sentence begins to say what to do. It says what was seen, and what that
# usually means; the rest is the student's work.
FIX = re.compile(
    r"\b((you|it|they|(the|a) \w+) (should|must|ought)|need(s|ed)? to|have to|has to|make sure|ensure|remember to|try to|"
    r"instead use|replace it|consider|you (can|could|may|might|want)|simply|to fix|the fix|solution|better)\b"
    r"|(^|[.:;] )(use|call|add|put|move|close|check|remove|replace|lock|unlock|signal|initiali[sz]e|set|"
    r"declare|protect|wrap|loop|wait|join|detach|copy|allocate|return|ignore|handle|retry|do not|don't)\b", re.IGNORECASE)


def gives_away(sentence: str) -> str:
    """The words of a sentence that say what to do, or ""."""
    found = FIX.search(sentence)
    return found[0].strip(" .:;") if found else ""


def flat(text: str) -> str:
    return " ".join(text.split())


def reports(result: dict, directory: Path) -> dict[str, str]:
    """The terminal's text and the page of a result, as one line each. Raises OSError."""
    out = io.StringIO()
    terminal.print_result(result, out, colour=False)
    page = (directory / "index.html").read_text("utf-8")
    body = re.sub(r"<(style|script)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return {"the terminal": flat(out.getvalue()),
            "the page": flat(html.unescape(re.sub(r"<[^>]*>", "", body)))}


def mismatches(case: dict, result: dict, directory: Path, sentences: dict[str, str]) -> list[str]:
    """What the reports of a case say wrongly. `sentences` is the rubric's
    closed list. A right design's report has none of them, a mutant's that of a
    cause that is the case's own and was named."""
    if "error" in result:
        return []
    told = reports(result, directory)
    if not case["must_fail"]:
        return [f"{where} accuses a right design: {cause}" for where, text in told.items()
                for cause, sentence in sentences.items() if flat(sentence) in text]
    own = sorted(named(case, result) & set(case["causes"]))
    return [f"{where} lacks the sentence of {' or '.join(own)}" for where, text in told.items()
            if own and not any(flat(sentences[cause]) in text for cause in own)]
