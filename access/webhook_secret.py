"""Secrets that webhooks are signed with, as the Standard Webhooks specification has them."""

from base64 import b64encode
from secrets import token_bytes
from typing import Final

# The specification asks for 24 to 64.
SECRET_BYTES: Final = 32


def new_secret() -> bytes:
    return token_bytes(SECRET_BYTES)


def shown_secret(secret: bytes) -> str:
    """The form in which a customer is given a secret, and in which libraries take it."""
    return "whsec_" + b64encode(secret).decode()
