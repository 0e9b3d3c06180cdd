"""make handout: write report/handout.html and report/handout.pdf.

usage: python3 -m grader.handout [--out DIRECTORY]
Exit status 3 when a program that is needed is not there, or does not do it.
The page is written before the PDF, and stays.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from xml.etree.ElementTree import ParseError

from grader.handout import tools

ROOT = Path(__file__).resolve().parents[2]


def make(root: Path, out: Path) -> None:
    """Write both files, and say so. Raises tools.Impossible, OSError and
    ParseError, the last for a figure that is no SVG."""
    try:
        from grader.handout import page
    except ImportError as error:
        raise tools.Impossible("python3-jinja2 is missing: apt-get install"
                               " python3-jinja2") from error
    from grader.report.files import write_text

    html, pdf = out / "handout.html", out / "handout.pdf"
    write_text(html, page.render((root / "handout.md").read_text("utf-8"), root))
    print(f"handout: {html}", flush=True)
    tools.paper(html, pdf)
    print(f"handout: {pdf}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="handout")
    parser.add_argument("--out", type=Path, default=Path("report"))
    out = parser.parse_args().out
    try:
        out.mkdir(parents=True, exist_ok=True)
        make(ROOT, out)
    except tools.Impossible as error:
        print(f"handout: {error}", file=sys.stderr)
        return 3
    except (OSError, ParseError) as error:
        print(f"handout: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
