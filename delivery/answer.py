"""What is kept of an endpoint's answer."""

import re
from codecs import getincrementaldecoder
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final, NamedTuple

KEPT_BYTES: Final = 4096

_SECONDS = re.compile(r"[0-9]{1,9}")
_decoder = getincrementaldecoder("utf-8")


class Answer(NamedTuple):
    """A status with what came of the body, or else the error; never both."""

    status: int | None
    body: str | None
    error: str | None
    retry_after_seconds: float | None = None


class Sent(NamedTuple):
    """One attempt to send, with its answer."""

    started_at: datetime
    duration_ms: int
    status: int | None
    body: str | None
    error: str | None
    retry_after_seconds: float | None

    @property
    def succeeded(self) -> bool:
        return self.status is not None and self.status // 100 == 2  # noqa: PLR2004  # 2xx

    @property
    def gone(self) -> bool:
        """Whether the endpoint asks to be sent nothing more."""
        return self.status == HTTPStatus.GONE


def unanswered(error: str) -> Answer:
    return Answer(None, None, error)


def kept_text(received: bytes) -> str:
    """The first 4 KiB as text that PostgreSQL can store; a character that was cut is left out."""
    if not received:
        return ""
    is_cut = len(received) > KEPT_BYTES
    text = _decoder("replace").decode(received[:KEPT_BYTES], final=not is_cut)
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds to wait, from either form of the header; what is neither is None."""
    if header is None:
        return None
    if _SECONDS.fullmatch(header):
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        # Numbers too large for a date are another error than wrong ones.
        return None
    # A date that names no zone is in UTC.
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
