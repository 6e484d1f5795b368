"""Who may read the schema from the server."""

from enum import StrEnum

from access.caller import Caller


class Audience(StrEnum):
    """Whose introspection is answered."""

    KEYS = "keys"
    FULL_ACCESS = "full-access"
    NOBODY = "nobody"

    def holds(self, caller: Caller) -> bool:
        if self is Audience.FULL_ACCESS:
            return caller.key.full_access
        return self is Audience.KEYS
