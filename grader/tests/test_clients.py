"""Clients that others wrote against every server: curl, ab, wrk, a browser.

What is asked of each is the same: no error, every byte right, and a server
that has counted at least what the client was told. (It may have counted more:
ab and wrk stop with requests on their way.) The small numbers run always, the
issue's numbers in the tests marked slow.
"""

import http.client
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Callable, Iterator, List

import pytest

from grader.bench.compare import BUILT
from grader.bench.servers import ROOT, Program, Server, build, part, serial

NAMES = ("serial", "starter/fork", "starter/locks", "starter/pool",
         "solutions/fork", "solutions/locks", "solutions/pool")
# Keep-alive needs a worker for each client. The starter of fork/ is serial.
MANY_WORKERS = ("starter/locks", "starter/pool", "solutions/fork",
                "solutions/locks", "solutions/pool")
# The starter's counters lose updates: that is what task 2b is about.
EXACT = tuple(n for n in NAMES if n != "starter/pool")


def program(name: str) -> Program:
    if name == "serial":
        return serial()
    tree, model = name.split("/")
    return part(Path(tree), model, name.replace("/", "-"))


def need(tool: str) -> str:
    """The path of a tool, or skip, unless everything has to be there."""
    path = shutil.which(tool)
    if not path:
        if os.environ.get("REQUIRE_TOOLS"):
            pytest.fail(f"{tool} is not installed and REQUIRE_TOOLS is set")
        pytest.skip(f"{tool} is not installed")
    return path


@pytest.fixture
def start() -> Iterator[Callable[..., Server]]:
    """start(name, *options): a server that dies with the test."""
    started: List[Server] = []

    def one(name: str, *options: str) -> Server:
        started.append(Server(build(program(name), BUILT), options))
        return started[-1]

    yield one
    for server in started:
        server.close()


def run(*command: str, seconds: float = 60) -> str:
    """A client's output; it has to end in time, with status 0."""
    done = subprocess.run(command, capture_output=True, timeout=seconds,
                          check=False)
    text = done.stdout.decode(errors="replace") + done.stderr.decode(
        errors="replace")
    assert done.returncode == 0, text
    return text


def served(server: Server) -> int:
    conn = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    conn.request("GET", "/stats", headers={"Connection": "close"})
    reply = conn.getresponse()
    assert reply.status == 200
    numbers = json.loads(reply.read())
    conn.close()
    return numbers["served"]


def check_served(name: str, server: Server, replies: int) -> None:
    """Never fewer than the client counted."""
    assert server.alive()
    count = served(server)
    if name in EXACT:
        assert count >= replies
    else:
        assert count > 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("expect", ["", "100-continue"])
def test_curl_gets_a_mebibyte_back_exactly(start, tmp_path: Path, name: str,
                                           expect: str) -> None:
    curl = need("curl")
    server = start(name)
    body = tmp_path / "body"
    body.write_bytes(os.urandom(1 << 20))
    text = run(curl, "-sSv", "--noproxy", "*", "-m", "20", "-H",
               f"Expect: {expect}" if expect else "Expect:",
               "--expect100-timeout", "10", "--data-binary", f"@{body}",
               "-o", str(tmp_path / "reply"), "-w", "seconds=%{time_total}\n",
               f"http://{server.address}/echo")
    assert (tmp_path / "reply").read_bytes() == body.read_bytes()
    assert ("100 Continue" in text) == bool(expect)
    # Without the interim reply curl waits out the ten seconds.
    assert float(re.search(r"seconds=([\d.]+)", text).group(1)) < 8
    check_served(name, server, 1)


def ab(server: Server, tmp_path: Path, n: int, c: int, *more: str) -> int:
    """Run ab with a body; the complete requests, after no error at all."""
    body = tmp_path / "body"
    body.write_bytes(bytes(range(256)))
    text = run(need("ab"), "-q", "-s", "20", "-n", str(n), "-c", str(c), *more,
               "-p", str(body), "-T", "application/octet-stream",
               f"http://{server.address}/echo", seconds=100)
    number = dict(re.findall(r"^([\w -]+):\s+(\d+)", text, re.M))
    assert number["Complete requests"] == str(n), text
    assert number["Failed requests"] == "0", text
    assert "Non-2xx responses" not in number, text
    assert "Write errors" not in number, text
    assert number["Document Length"] == "256", text
    if "-k" in more:
        assert int(number["Keep-Alive requests"]) > 0, text
    return n


@pytest.mark.parametrize("name", NAMES)
def test_ab_sees_no_error(start, tmp_path: Path, name: str) -> None:
    server = start(name)
    check_served(name, server, ab(server, tmp_path, 1000, 100))


@pytest.mark.parametrize("name", MANY_WORKERS)
def test_ab_with_keep_alive_sees_no_error(start, tmp_path: Path,
                                          name: str) -> None:
    server = start(name, "-k", "-w", "8")
    check_served(name, server, ab(server, tmp_path, 2000, 8, "-k"))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_ab_sees_no_error_in_20000_requests(start, tmp_path: Path,
                                            name: str) -> None:
    server = start(name)
    check_served(name, server, ab(server, tmp_path, 20000, 100))


@pytest.mark.slow
@pytest.mark.parametrize("name", MANY_WORKERS)
def test_ab_with_keep_alive_sees_no_error_in_20000_requests(
        start, tmp_path: Path, name: str) -> None:
    server = start(name, "-k", "-w", "8")
    check_served(name, server, ab(server, tmp_path, 20000, 8, "-k"))


SCRIPT = """
wrk.method = "POST"
wrk.body = string.rep("concurrency ", 40)
wrong = 0
local threads = {}
function setup(thread) table.insert(threads, thread) end
function response(status, headers, body)
    if status ~= 200 or body ~= wrk.body then wrong = wrong + 1 end
end
function done(summary, latency, requests)
    local bad = 0
    for _, thread in ipairs(threads) do bad = bad + thread:get("wrong") end
    local e = summary.errors
    io.write(string.format("requests=%d wrong=%d connect=%d read=%d write=%d" ..
        " status=%d timeout=%d\\n", summary.requests, bad, e.connect, e.read,
        e.write, e.status, e.timeout))
end
"""


def wrk(server: Server, tmp_path: Path, seconds: int) -> int:
    """Run wrk, comparing each body; the replies, after no error at all."""
    script = tmp_path / "post.lua"
    script.write_text(SCRIPT)
    text = run(need("wrk"), "-t1", "-c8", f"-d{seconds}s", "--timeout", "10s",
               "-s", str(script), f"http://{server.address}/echo")
    number = {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", text)}
    replies = number.pop("requests")
    assert replies > 0 and not any(number.values()), text
    return replies


# The starter's fork/ is the serial server in other files.
@pytest.mark.parametrize("name", [n for n in NAMES if n != "starter/fork"])
def test_wrk_sees_no_error(start, tmp_path: Path, name: str) -> None:
    server = start(name)
    check_served(name, server, wrk(server, tmp_path, 1))


@pytest.mark.slow
@pytest.mark.parametrize("name", MANY_WORKERS)
def test_wrk_with_keep_alive_sees_no_error(start, tmp_path: Path,
                                           name: str) -> None:
    server = start(name, "-k", "-w", "8")
    check_served(name, server, wrk(server, tmp_path, 5))


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A headless Chromium that keeps its console."""
    chromium, driver = need("chromium"), need("chromedriver")
    webdriver = pytest.importorskip("selenium.webdriver") \
        if not os.environ.get("REQUIRE_TOOLS") \
        else __import__("selenium.webdriver").webdriver
    from selenium.webdriver.chrome.service import Service
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for switch in ("--headless=new", "--no-sandbox", "--disable-gpu",
                   "--no-proxy-server", "--disable-dev-shm-usage",
                   "--disable-background-networking",
                   f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    found = webdriver.Chrome(options=options, service=Service(driver))
    found.set_page_load_timeout(30)
    yield found
    found.quit()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_browser_opens_the_page(start, browser, name: str) -> None:
    server = start(name)
    browser.get(f"http://{server.address}/")
    text = browser.find_element("tag name", "body").text
    assert "/echo" in text, text
    assert browser.title
    errors = [e for e in browser.get_log("browser")
              if e["level"] == "SEVERE" and "favicon" not in e["message"]]
    assert errors == []
    if name in ("solutions/fork", "solutions/pool"):
        assert served(server) == 0, "only /echo counts"


def test_every_server_of_the_tree_is_tried() -> None:
    """A new part that comes with a serve.c belongs into NAMES."""
    there = {str(f.parent.relative_to(ROOT)) for tree in ("starter",
             "solutions") for f in (ROOT / tree).glob("*/serve.c")}
    assert there <= set(NAMES)
