"""Servers to compare, and the wait for what they come to."""

import time
from pathlib import Path

from grader.bench.servers import ROOT

GOOD = (ROOT / "lab/serial.c").read_text()
DIES = r'''
#include "serve.h"
#include <stdio.h>
#include <stdlib.h>
int serve(int listener, const struct options *options)
{
    (void)listener;
    (void)options;
    fprintf(stderr, "cannot go on\n");
    exit(3);
}
'''


def wait_for(condition, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.005)


def tree(tmp_path: Path, **serve: str) -> Path:
    for name, code in serve.items():
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "serve.c").write_text(code)
        (tmp_path / name / "stats.c").write_text(
            (ROOT / "lab/stats.c").read_text())
    return tmp_path
