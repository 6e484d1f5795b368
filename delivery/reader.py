"""Reading answers in HTTP/1.1: what is kept of each, and whether its connection can go on."""

from typing import Final, NamedTuple

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from delivery.answer import KEPT_BYTES
from delivery.faults import BROKEN_OFF, MALFORMED, Failure

MOST_HEADERS: Final = 128
LONGEST_HEADER: Final = 8190
# Of a head that is not complete yet, in bytes.
LONGEST_HEAD: Final = 1 << 15

_SWITCHING: Final = 101
_INTERIM: Final = range(100, 200)


class Reply(NamedTuple):
    """What a server answered; of a body that is longer than what is kept, one byte more tells."""

    status: int
    body: bytes
    retry_after: str | None


class Reader:
    """The answers of one connection, one after the other."""

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        # What many servers get wrong, and what nobody can read in two ways: odd characters in
        # values, lines that end with LF alone, spaces after the size of a chunk.
        self._parser.set_dangerous_leniencies(
            lenient_headers=True,
            lenient_optional_cr_before_lf=True,
            lenient_spaces_after_chunk_size=True,
        )
        self.begin()

    def begin(self) -> None:
        """Make ready for the next answer."""
        # Whether any of it has come.
        self.has_begun = False
        self.is_complete = False
        # Whether the connection can take another request, once the answer is complete.
        self.is_reusable = False
        self._status = 0
        self._body = b""
        self._expect_head()

    def _expect_head(self) -> None:
        self._is_in_head = False
        self._is_headed = False
        self._head_bytes = 0
        self._header_count = 0
        self._retry_after: str | None = None
        self._has_length = False
        self._coding: bytes | None = None
        self._keeps = False

    def feed(self, data: memoryview) -> None:
        """Read on; raises Failure where it is no HTTP, or too long to be."""
        self.has_begun = True
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            if not self.is_complete:
                raise self.broken_off() from None
            # What came after the answer is none.
            self.is_reusable = False
        if self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > LONGEST_HEAD:
                raise Failure(MALFORMED)

    def end(self) -> bool:
        """Whether the connection's end completes the answer."""
        is_open_ended = not self._has_length if self._coding is None else not self._is_chunked
        self.is_complete = self.is_complete or (self._is_headed and is_open_ended)
        return self.is_complete

    @property
    def is_headed(self) -> bool:
        """Whether there is a status already, of which only the body is missing."""
        return self._is_headed

    def broken_off(self) -> Failure:
        return Failure(BROKEN_OFF if self._is_headed else MALFORMED)

    @property
    def reply(self) -> Reply:
        return Reply(self._status, self._body, self._retry_after)

    @property
    def _is_chunked(self) -> bool:
        return self._coding is not None and self._coding.lower().endswith(b"chunked")

    # What follows is called by the parser, in the order in which it reads. More may come in the
    # same piece after the answer is complete: it belongs to nothing that was asked.

    def on_message_begin(self) -> None:
        if self.is_complete:
            self.is_reusable = False
        else:
            self._is_in_head = True

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_count += 1
        if self._header_count > MOST_HEADERS or len(name) + len(value) > LONGEST_HEADER:
            raise self.broken_off()
        # Of trailers nothing is believed.
        if self.is_complete or self._is_headed:
            return
        name = name.lower()
        if name == b"retry-after":
            self._retry_after = self._retry_after or value.decode("latin-1").strip()
        elif name == b"content-length":
            self._has_length = True
        elif name == b"transfer-encoding":
            self._coding = value

    def on_headers_complete(self) -> None:
        if self.is_complete:
            return
        self._is_in_head = False
        self._status = self._parser.get_status_code()
        # After it nothing that comes is HTTP.
        self.is_complete = self._status == _SWITCHING
        self._is_headed = self.is_complete or self._status not in _INTERIM
        self._keeps = self._parser.should_keep_alive()

    def on_body(self, data: bytes) -> None:
        if self.is_complete:
            return
        self._body = (self._body + data)[: KEPT_BYTES + 1]
        # The rest isn't waited for, be it short or endless.
        self.is_complete = len(self._body) > KEPT_BYTES

    def on_message_complete(self) -> None:
        if self.is_complete:
            return
        if self._is_headed:
            self.is_complete, self.is_reusable = True, self._keeps
        else:
            self._expect_head()
