"""Say what you expect, before you see it: make predict TASK=1b SAY="19"

The questions are the handout's. What you say goes into answers.toml, with the
time; nobody grades whether it was right, and only you see it beside what came.
Your course is told how many expected what, from five students up.
Without TASK: which questions there are, what you have said, and what came.

Exit status: 0; 2 for a question that there is not, or an answer that cannot
be kept; 130 for Ctrl-C.
"""

import argparse
import os
import subprocess
import sys
import textwrap
from pathlib import Path

from lab.predict.answers import Unfit, kept, put, student
from lab.predict.questions import Question, read
from lab.predict.seen import seen
from lab.way import say

WIDEST = 78
STOPPED = 130
OWN = "\N{DEGREE SIGN}"       # marks a number that is each student's own


def lines(question: Question, said: str, came: str) -> str:
    """One line of the list; and for who has said what he expects, what his
    server does now. Several questions are about a server that is not mended
    yet: then a right guess and what is there now differ."""
    text = f"  {question.task}  {question.title:<36}  {'said: ' + said if said else '-'}"
    text = text if len(text) <= WIDEST else text[:WIDEST - 3] + "..."
    return text + ("\n" + textwrap.fill(f"now: {came}", WIDEST, initial_indent=" " * 6, subsequent_indent=" " * 12,
                          break_on_hyphens=False)
                   if said and came else "")


def own_numbers(task: str, who: str) -> str:
    """The student's numbers of a question, in a line."""
    done = subprocess.run([sys.executable, "-m", "grader.params", who, task], cwd=Path(__file__).parents[2],
                          capture_output=True, text=True, check=False)
    numbers = ", ".join(" ".join(line.split()[1:]) for line in done.stdout.splitlines())
    if done.returncode != 0 or not numbers:
        raise Unfit("your own numbers cannot be told here: Python 3.11 or newer is needed")
    whose = f"The numbers ({OWN}) of '{who}'" if who else f"The numbers ({OWN}) of who has no id in answers.toml yet"
    return f"{whose}: {numbers}."


def ask(question: Question, said: str, who: str) -> str:
    """What the student says now; "" to leave it as it is. Raises Unfit."""
    print(f"{question.task} · {question.title}\n")
    for paragraph in question.text.splitlines():
        print(say.filled(paragraph))
    if OWN in question.text:
        print(say.filled(own_numbers(question.task, who)))
    print()
    if said:
        print(say.filled(f"You have said: {said}"))
    if not sys.stdin.isatty():
        print(f'Say it with: make predict TASK={question.task} SAY="..."')
        return ""
    try:
        return input("You say: ").strip()
    except EOFError:
        print()
        return ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="predict", description=__doc__.split("\n")[0])
    parser.add_argument("--task", default="", help="1b, ...; none lists them all")
    parser.add_argument("--say", default=os.environ.get("SAY", ""), help="the answer, without being asked")
    parser.add_argument("--handout", type=Path, required=True)
    parser.add_argument("--dir", type=Path, required=True, help="where answers.toml is")
    options = parser.parse_args()
    try:
        questions = {q.task: q for q in read(options.handout)}
        answers = options.dir / "answers.toml"
        said = kept(answers)
        if not options.task:
            came = seen(options.dir)
            print("\n".join(lines(q, said.get(t, ""), came.get(t, "")) for t, q in questions.items()))
            open_ones = [t for t in questions if t not in said]
            if open_ones:
                print(f"\nSay what you expect: make predict TASK={open_ones[0]}")
            return 0
        if options.task not in questions:
            raise Unfit(f"there is no question in task '{options.task}'; there is one in {', '.join(questions)}")
        answer = options.say.strip() or ask(questions[options.task], said.get(options.task, ""),
                                              student(answers))
        if answer:
            put(answers, options.task, answer)
            print(textwrap.fill(f"Kept in {answers}: {options.task} \"{answer}\". Now see what comes.", WIDEST))
    except BrokenPipeError:         # the reader has seen enough
        sys.stderr.close()
    except (Unfit, OSError) as error:
        return say.wrong("predict", error)
    except KeyboardInterrupt:
        print("\npredict: stopped; nothing was changed", file=sys.stderr)
        return STOPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
