"""Why an endpoint couldn't be reached, in words for its owner that tell nothing of our network."""

import errno
import ssl
from typing import Final

NOT_ALLOWED: Final = "the address is not allowed"
# One sentence for both, so that nobody learns which names exist inside.
NOT_FOUND: Final = "its host name can't be resolved to an address that is allowed"
MALFORMED: Final = "answered with malformed HTTP"
BROKEN_OFF: Final = "its answer broke off"
NO_ANSWER: Final = "closed the connection without an answer"

_RESET: Final = "reset the connection"
_EXHAUSTED: Final = "could not be tried: this server has no free connections"
_BY_NUMBER: Final = {
    errno.ECONNREFUSED: "can't be reached: connection refused",
    errno.ETIMEDOUT: "can't be reached: it doesn't answer",
    errno.EHOSTUNREACH: "can't be reached: no route to it",
    errno.ENETUNREACH: "can't be reached: no route to it",
    errno.ECONNRESET: _RESET,
    errno.EPIPE: _RESET,
    errno.EMSGSIZE: "answered far too much",
    errno.EMFILE: _EXHAUSTED,
    errno.ENFILE: _EXHAUSTED,
}
# OpenSSL's numbers of what is wrong with a certificate.
_BY_VERIFICATION: Final = {
    9: "is not valid yet",
    10: "has expired",
    18: "is self-signed",
    19: "is self-signed",
    20: "is by an unknown issuer",
    21: "is by an unknown issuer",
    62: "is for another host name",
    64: "is for another address",
}


class Failure(Exception):
    """An attempt came to nothing, for the reason that it states."""


def told(error: Exception) -> str:
    """A short sentence for what went wrong while sending."""
    if isinstance(error, Failure):
        return str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        fault = _BY_VERIFICATION.get(getattr(error, "verify_code", 0), "is not valid")
        return f"its TLS certificate {fault}"
    if isinstance(error, ssl.SSLError):
        return "the TLS handshake failed"
    number = error.errno if isinstance(error, OSError) else None
    return _BY_NUMBER.get(number or 0, "can't be reached")
