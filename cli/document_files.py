"""Reads trusted documents from files, and says of each one that can't be taken what is wrong."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import click
import orjson

from db.limits import storable
from db.trusted_document import HASH, New, hashed, is_id

APOLLO: Final = "apollo-persisted-query-manifest"
MANIFEST: Final = 'A manifest is an object such as {"sha256:...": "query { ... }"}.'


class NoManifest(ValueError):
    """A file that ends in .json and holds something else."""


class Read(NamedTuple):
    """A document as it stands somewhere; `id` is None where it has none but its hash."""

    place: str
    id: str | None
    text: str


def read_all(files: Sequence[Path], check: Callable[[str], list[str]]) -> list[New]:
    """What the files hold, each document once; a ClickException names everything that is wrong."""
    new: dict[str, New] = {}
    faults: list[str] = []
    for file in files:
        try:
            found = list(_read(file))
        except ValueError as error:
            faults.append(f"{file}: {error}")
            continue
        for one in found:
            try:
                document = _checked(one, check)
            except ValueError as error:
                faults.append(f"{one.place}: {error}")
                continue
            if new.setdefault(document.id, document).text != document.text:
                faults.append(f"{one.place}: the id {document.id} is another document's too.")
    if faults:
        raise click.ClickException("\n".join(faults))
    return list(new.values())


def _read(file: Path) -> Iterator[Read]:
    if file.suffix != ".json":
        yield Read(str(file), None, file.read_bytes().decode())
        return
    manifest = orjson.loads(file.read_bytes())
    for id, text in _members(manifest):
        yield Read(f"{file}: {id}", id, text)


def _members(manifest: Any) -> Iterator[tuple[str, str]]:
    """The ids and documents of a manifest, in either form; NoManifest where it is none."""
    if not isinstance(manifest, dict):
        raise NoManifest(MANIFEST)
    members = cast("dict[str, Any]", manifest)
    pairs: Any = members.items()
    if members.get("format") == APOLLO:
        pairs = map(_of_apollo, cast("list[Any]", members.get("operations") or []))
    for id, text in pairs:
        if not isinstance(id, str) or not isinstance(text, str):
            raise NoManifest(f"{MANIFEST} The document of {id} is no text.")
        yield id, text


def _of_apollo(entry: Any) -> tuple[Any, Any]:
    members = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
    return members.get("id"), members.get("body")


def _checked(one: Read, check: Callable[[str], list[str]]) -> New:
    own = hashed(storable(one.text))
    id = own if one.id is None else one.id
    if not is_id(id):
        raise ValueError(
            "An id has letters, digits, -, ., _ and ~, up to 128; x-name: may stand before it."
        )
    if id.startswith(HASH) and id != own:
        raise ValueError(f"The id says another hash than its document has: that is {own}.")
    return New(id, one.text, check(one.text))
