"""The two programs that are asked: pandoc reads, and a browser prints, because
it keeps in the PDF what the page says to those who listen."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--headless=new", "--disable-gpu", "--no-first-run",
         "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--disable-dev-shm-usage",
         "--no-pdf-header-footer", "--generate-pdf-document-outline")
PATIENCE = 120


class Impossible(Exception):
    """A program is not there, or did not do it; the text says what to do."""


def found(package: str, *names: str) -> str:
    """Where the first of these programs is. Raises Impossible."""
    paths = [path for path in map(shutil.which, names) if path]
    if not paths:
        raise Impossible(f"{package} is missing: apt-get install {package}"
                         " (or, for all of it: grader/need handout)")
    return paths[0]


def ask(*command: str, given: str = "") -> str:
    """What command prints when given is its input. Raises Impossible."""
    name = Path(command[0]).name
    try:
        done = subprocess.run(command, input=given, text=True, check=False,
                              capture_output=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired as error:
        raise Impossible(f"{name} did not end in {PATIENCE} s") from error
    if done.returncode:
        raise Impossible(f"{name} ended with status {done.returncode}:"
                         f" {done.stderr.strip()}")
    return done.stdout


def read(markdown: str) -> str:
    """The HTML elements that a text in GitHub's Markdown stands for. Raises
    Impossible."""
    return ask(found("pandoc", "pandoc"), "--from=gfm+smart", "--to=html5",
               "--wrap=none", given=markdown)


def paper(page: Path, pdf: Path) -> None:
    """Print a page. Raises Impossible, and then pdf is not there."""
    pdf.unlink(missing_ok=True)
    browser = found("chromium", *BROWSERS)
    # Its sandbox refuses to work for root; the page is ours and loads nothing.
    bare = ["--no-sandbox"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as profile:
        ask(browser, *QUIET, *bare, f"--user-data-dir={profile}",
            f"--print-to-pdf={pdf.resolve()}", page.resolve().as_uri())
    if not pdf.is_file():
        raise Impossible(f"{Path(browser).name} printed nothing to {pdf}")
