"""What a transaction made that others wait for; it is told once the transaction has committed."""

import base64
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

from db.prepared import Prepared
from db.statement import Connection

# A payload of NOTIFY has less than 8,000 bytes.
LONGEST_PAYLOAD: Final = 7_900
RECORD: Final = 65
EVERYTHING: Final = "*"


class Kind(StrEnum):
    """Each value is the letter that stands for it between processes."""

    # Something is due for a webhook.
    QUEUE = "q"
    DELIVERY = "d"
    NOTIFICATION = "n"
    MAIL = "m"


class News(NamedTuple):
    """What happened: `about` is the webhook that it happened to, or the row itself."""

    kind: Kind
    organization_id: UUID
    id: UUID
    about: UUID


class Session(Prepared):
    """A connection that gathers the news of the transaction that runs on it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.news: list[News] = []


def gather(connection: Connection, news: Iterable[News]) -> None:
    """Keep what happened until the transaction on this connection has committed."""
    # The pool's connections are Sessions, and hand on what they don't know themselves.
    cast("Any", connection).news.extend(news)


def packed(news: Iterable[News]) -> list[str]:
    """The news as payloads of NOTIFY, as few as they fit into."""
    records = [_record(each) for each in news]
    most = LONGEST_PAYLOAD // RECORD
    return ["".join(records[start : start + most]) for start in range(0, len(records), most)]


def unpacked(payload: str) -> Iterator[News]:
    for start in range(0, len(payload), RECORD):
        letter, text = payload[start], payload[start + 1 : start + RECORD]
        ids = base64.urlsafe_b64decode(text)
        owner, id, about = (UUID(bytes=ids[place : place + 16]) for place in (0, 16, 32))
        yield News(Kind(letter), owner, id, about)


def _record(news: News) -> str:
    ids = news.organization_id.bytes + news.id.bytes + news.about.bytes
    return news.kind + base64.urlsafe_b64encode(ids).decode()
