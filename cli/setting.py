"""One setting, from which its flag, its help, its documentation and its check are made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

OURS = "TOLLHOUSE_"


@dataclass(frozen=True, slots=True)
class Setting:
    """An environment variable, and the flag of the same name."""

    name: str
    default: str
    help: str
    parse: Callable[[str], Any]
    # What holds where there is neither a value nor a default.
    otherwise: str = ""
    is_secret: bool = False

    @property
    def field(self) -> str:
        return self.name.removeprefix(OURS).lower()

    @property
    def flag(self) -> str:
        return "--" + self.field.replace("_", "-")

    def fault(self, text: str, error: ValueError) -> str:
        shown = "" if self.is_secret else f" is {text!r}"
        return f"{self.name} (or {self.flag}){shown}: {error}"
