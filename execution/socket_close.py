"""Why a socket is closed, in the codes of graphql-transport-ws and of WebSocket itself."""

from enum import IntEnum
from typing import Final

from access.errors import IpNotAllowed, MissingScope, Unauthenticated
from db.errors import Refused

# A close frame holds 125 bytes, two of them the code.
LONGEST_REASON: Final = 123


class Close(IntEnum):
    """4xxx tell a client that trying again won't help, except 4403 and 4408."""

    DONE = 1000
    GOING_AWAY = 1001
    INTERNAL = 1011
    TRY_AGAIN_LATER = 1013
    INVALID_MESSAGE = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    WRONG_SUBPROTOCOL = 4406
    INIT_TIMEOUT = 4408
    DUPLICATE_ID = 4409
    SECOND_INIT = 4429


class Ending(Exception):
    """Ends a socket, wherever it is raised."""

    def __init__(self, code: Close, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason

    @property
    def message(self) -> bytes:
        """The reason as a close frame takes it: cut short between two characters."""
        cut = self.reason.encode()[:LONGEST_REASON]
        return cut.decode(errors="ignore").encode()


def ending_by(refused: Refused) -> Ending:
    """What becomes of a socket whose caller is refused; what can't be checked may come back."""
    match refused:
        case Unauthenticated():
            code = Close.UNAUTHORIZED
        case IpNotAllowed() | MissingScope():
            code = Close.FORBIDDEN
        case _:
            code = Close.TRY_AGAIN_LATER
    return Ending(code, str(refused))
