"""The load tool's percentiles, and what it says of its own client."""

import subprocess
from pathlib import Path

from grader.bench.servers import ROOT
from grader.pace.tool import compile_c


def test_percentiles_and_the_verdict_on_the_client(tmp_path: Path) -> None:
    """The histogram against sorted values, and report.c's own judgement."""
    source = tmp_path / "unit.c"
    source.write_text(r"""
#include "report.h"
#include <stdlib.h>
static int order(const void *a, const void *b)
{
    long long x = *(const long long *)a, y = *(const long long *)b;
    return (x > y) - (x < y);
}
static long long value[5000];
static struct histogram h;
static struct run r;
int main(void)
{
    if (histogram_percentile(&h, 50) != 0)
        return 1;
    srand(1);
    for (int i = 0; i < 5000; i++) {
        value[i] = (long long)rand() >> rand() % 31 << rand() % 20;
        histogram_add(&h, value[i]);
    }
    qsort(value, 5000, sizeof *value, order);
    for (int p = 1; p <= 100; p++) {
        long long right = value[p * 50 - 1];
        long long told = histogram_percentile(&h, p);
        if (told < right || told > right + right / 64)
            return 2;
    }
    histogram_add(&h, -5);
    histogram_add(&h, 0x7fffffffffffffffLL);
    if (histogram_percentile(&h, 100) != 0x7fffffffffffffffLL)
        return 3;
    r.requests = r.outcome[RIGHT] = 10;
    r.seconds = 1;
    r.cpu = 0.95;
    if (!run_client_bound(&r))
        return 4;
    r.target.url = "http://x/\"\\";
    report_text(&r, stdout);
    report_json(&r, false, stdout);
    r.cpu = 0.5;
    return run_client_bound(&r) ? 5 : 0;
}
""")
    directory = ROOT / "lab/load"
    binary = compile_c([source, directory / "histogram.c",
                        directory / "report.c", directory / "outcome.c"],
                       tmp_path / "unit", f"-I{directory}", "-lm")
    done = subprocess.run([str(binary)], capture_output=True, text=True,
                          timeout=10, check=False)
    assert done.returncode == 0
    assert "The client was the bottleneck" in done.stdout
