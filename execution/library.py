"""The document that a request means: its own text, one that is trusted, or one sent before.

Documents are named as the draft of GraphQL over HTTP has it (`documentId`, Appendix A), and as
Apollo's clients do (`extensions.persistedQuery`).
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

from graphql import GraphQLError

from access.caller import Caller
from db.trusted_document import hashed
from execution.documents import MOST_CHARACTERS, NotValid
from execution.errors import DocumentNotTrusted, HttpRefused
from execution.request import Asked, Sent

# Looks for the text of a trusted document on behalf of a caller.
Find = Callable[[str, Caller], Awaitable[str | None]]
# Removed documents are run no longer than that, on any host.
KEPT_SECONDS: Final = 10
# Added ones can be run after that at the latest.
MISSING_SECONDS: Final = 1
SIZE: Final = 2_000
SIZE_CHARACTERS: Final = 2_000_000
# Apollo's clients look for these very words, and send the text then.
NOT_FOUND_CODE: Final = "PERSISTED_QUERY_NOT_FOUND"
NOT_FOUND: Final = "PersistedQueryNotFound"
UNTRUSTED: Final = (
    "Only trusted documents may be run here. Whoever operates the server adds one by `tollhouse"
    " documents add`; then send it as it is there, or name it by documentId."
)


class Shelf:
    """Texts by id, the latest ones kept; bounded by number and by characters."""

    def __init__(self, size: int = SIZE, characters: int = SIZE_CHARACTERS) -> None:
        self._size, self._most_characters = size, characters
        self._texts: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._characters = 0

    def get(self, id: str) -> tuple[str, float] | None:
        """The text and when it was put here."""
        found = self._texts.get(id)
        if found is not None:
            self._texts.move_to_end(id)
        return found

    def put(self, id: str, text: str, now: float) -> None:
        self.drop(id)
        self._texts[id] = text, now
        self._characters += len(id) + len(text)
        while len(self._texts) > self._size or self._characters > self._most_characters:
            self.drop(next(iter(self._texts)))

    def drop(self, id: str) -> None:
        if id in self._texts:
            text, _ = self._texts.pop(id)
            self._characters -= len(id) + len(text)


class Library:
    """Trusted documents and those that clients sent have shelves of their own.

    So no client can push a trusted document out, or put its own in the place of one.
    """

    def __init__(
        self, find: Find, *, only_trusted: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._find, self._only_trusted, self._clock = find, only_trusted, clock
        self._trusted, self._missing, self._sent = Shelf(), Shelf(), Shelf()

    def text_sent(self, sent: Sent) -> str | None:
        """The text of the document where nobody has to be asked for it, or about it."""
        return sent.query if sent.document_id is None and not self._only_trusted else None

    async def asked(self, sent: Sent, caller: Caller) -> Asked:
        """The operation with its document; HttpRefused, or NotValid where nobody knows it."""
        text, id = sent.query, sent.document_id
        if text is None:
            text = await self._named(id or "", caller)
        elif id is not None or self._only_trusted:
            await self._must_fit(text, id, caller)
        return asked_of(text, sent)

    async def _named(self, id: str, caller: Caller) -> str:
        text = await self._trusted_text(id, caller)
        if text is not None:
            return text
        if self._only_trusted:
            raise DocumentNotTrusted(UNTRUSTED)
        kept = self._sent.get(id)
        if kept is None:
            raise NotValid(NOT_FOUND_CODE, [GraphQLError(NOT_FOUND)])
        return kept[0]

    async def _must_fit(self, query: str, id: str | None, caller: Caller) -> None:
        own = hashed(query)
        if id is not None and id != own:
            raise HttpRefused(
                f"The document's id is {own}, and the request says {id}. Leave out one of the two."
            )
        if self._only_trusted:
            if await self._trusted_text(own, caller) is None:
                raise DocumentNotTrusted(UNTRUSTED)
        elif len(query) <= MOST_CHARACTERS:
            self._sent.put(own, query, self._clock())

    async def _trusted_text(self, id: str, caller: Caller) -> str | None:
        now = self._clock()
        kept = self._trusted.get(id)
        if kept is not None and now < kept[1] + KEPT_SECONDS:
            return kept[0]
        missing = self._missing.get(id)
        if missing is not None and now < missing[1] + MISSING_SECONDS:
            return None
        if kept is not None:
            # Whoever comes meanwhile needn't ask too.
            self._trusted.put(id, kept[0], now)
        try:
            text = await self._find(id, caller)
        finally:
            self._trusted.drop(id)
        self._missing.drop(id)
        (self._trusted if text is not None else self._missing).put(id, text or "", now)
        return text


def asked_of(text: str, sent: Sent) -> Asked:
    """The operation, once its document is known."""
    return Asked(text, sent.variables, sent.operation_name, sent.keys)
