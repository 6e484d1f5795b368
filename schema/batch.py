"""The kinds of batches, by which what objects lead on to is loaded for all of them at once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from db.statement import Connection
from db.widths import Reads

Batch = Callable[[Connection, UUID, Sequence[Any]], Awaitable[dict[Any, Any]]]
BatchReading = Callable[[Connection, UUID, Sequence[Any], Reads], Awaitable[list[Any]]]
BatchAtTime = Callable[[Connection, UUID, Sequence[Any], datetime], Awaitable[dict[Any, Any]]]


@dataclass(frozen=True, slots=True)
class Timed:
    """A batch whose rows depend on the time, that of the request."""

    batch: BatchAtTime


def seldom(_reads: Reads) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Sparing:
    """A batch that reads no more of its rows than is asked for.

    It gives the rows of different UUIDs, all of one kind, each beginning with the place of its id;
    `parted` makes of them what there is for each id. Where of the rows so little is read that it
    `may_repeat`, ids may be null and may be there twice.
    """

    batch: BatchReading
    parted: Callable[[Sequence[Any], int], list[Any]]
    may_repeat: Callable[[Reads], bool] = seldom


AnyBatch = Batch | Timed | Sparing
