"""Puts a server under load: by wrk where the machine has it, else by the client of this folder."""

import asyncio
import re
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.client import CONNECTIONS, speed
from benchmarks.serving import PATH, Server
from benchmarks.table import note

WARM_SECONDS = 2
WRK = shutil.which("wrk")
ANSWERS = re.compile(r"^ *(\d+) requests in ", re.MULTILINE)
A_SECOND = re.compile(r"^Requests/sec: *([\d.]+)", re.MULTILINE)
READ = re.compile(r"requests in [^,]+, ([\d.]+)([KMG]?)B read")
REFUSED = re.compile(r"Non-2xx or 3xx responses: (\d+)")
# wrk reads a whole request from a file; its own words for one are slower to write than this.
SCRIPT = """
local file = io.open("%s", "rb")
local text = file:read("*a")
file:close()
request = function() return text end
"""


class Measure(NamedTuple):
    """Answers a second, and the server's microseconds of CPU for each."""

    answers: float
    cpu: float


class Asked(NamedTuple):
    """A server, with the request that it is asked, and the status and size of the right answer."""

    server: Server
    request: bytes
    status: int = 200
    size: int = 0


def client() -> str:
    return "wrk" if WRK else "benchmarks/client.py"


def measured(one: Asked, seconds: float) -> Measure:
    before = one.server.cpu_seconds()
    if WRK:
        answers, amount = _by_wrk(WRK, one, seconds)
    else:
        answers = asyncio.run(speed(one.server.port, one.request, seconds, one.status))
        amount = answers * seconds
    return Measure(answers, (one.server.cpu_seconds() - before) / amount * 1_000_000)


def _by_wrk(wrk: str, one: Asked, seconds: float) -> tuple[float, int]:
    with tempfile.TemporaryDirectory() as folder:
        request, script = Path(folder, "request"), Path(folder, "request.lua")
        request.write_bytes(one.request)
        script.write_text(SCRIPT % request)
        address = f"http://127.0.0.1:{one.server.port}{PATH}"
        # wrk takes whole seconds.
        options = [f"-d{max(1, round(seconds))}", "-t1", f"-c{CONNECTIONS}", "-s", str(script)]
        text = subprocess.run(
            [wrk, *options, address], check=True, capture_output=True, text=True
        ).stdout
    [amount], [answers] = ANSWERS.findall(text), A_SECOND.findall(text)
    refused = sum(map(int, REFUSED.findall(text)))
    assert refused == (0 if one.status < 300 else int(amount)), text
    assert "Socket errors" not in text, text
    # Errors come with status 200 too, but they are short.
    assert _read(text) >= one.size * int(amount), text
    return float(answers), int(amount)


def _read(text: str) -> float:
    [[amount, unit]] = READ.findall(text)
    return float(amount) * 1024 ** " KMG".index(unit or " ")


def in_turns(
    asked: Mapping[str, Asked],
    rounds: int,
    seconds: float,
    *,
    once_warm: Callable[[], None] = lambda: None,
) -> dict[str, list[Measure]]:
    """Each server in each round, after they were warmed up: a JIT needs its time."""
    for one in asked.values():
        measured(one, max(seconds, WARM_SECONDS))
    once_warm()
    found: dict[str, list[Measure]] = {kind: [] for kind in asked}
    for number in range(1, rounds + 1):
        for kind, one in asked.items():
            found[kind].append(measured(one, seconds))
        latest = ", ".join(f"{kind} {all_[-1].answers:,.0f}" for kind, all_ in found.items())
        note(f"  round {number} of {rounds}: {latest}")
    return found


def ratio(found: Mapping[str, list[Measure]], kind: str, other: str) -> float:
    """How many times as many answers as the other gave in the same round: the median."""
    pairs = zip(found[kind], found[other], strict=True)
    return statistics.median(own.answers / its.answers for own, its in pairs)
