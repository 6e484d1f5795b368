"""Tokens for keys: made here, shown once, and kept only as a digest."""

from access.pepper import Peppers
from access.token import Token, mint
from db.token import NewToken


def new_token(peppers: Peppers, id: str | None = None) -> tuple[Token, NewToken]:
    """A token to show, and what to keep of it; with an id it is another token of the same key."""
    token = mint(id)
    version, digest = peppers.digest(token.secret)
    return token, NewToken(token.id, token.hint, version, digest)
