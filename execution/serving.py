"""What requests and sockets are served by."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from access.check import KeyCheck
from access.usage import Usage
from execution.run import Runner
from schema.context import House


@dataclass(frozen=True, slots=True)
class Serving:
    runner: Runner
    check: KeyCheck
    house: House
    usage: Usage
    clock: Callable[[], datetime]
