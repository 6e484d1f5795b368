"""How much of what is compiled a document keeps, all its operations together."""

from typing import Final

# Most documents have a field in eight characters or more.
LEAST_FIELDS: Final = 32
CHARACTERS_EACH: Final = 8


class Room:
    """Counts compiled fields. Whichever operations run first have them.

    One for each operation would multiply: many of a document can spread the same fragment.
    """

    def __init__(self, characters: int) -> None:
        self.most = self.left = LEAST_FIELDS + characters // CHARACTERS_EACH

    def take(self, fields: int) -> bool:
        """Whether there was room for so many more."""
        if fields > self.left:
            return False
        self.left -= fields
        return True
