"""The secrets of this host, held against what the database knows of them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic

from access.encryption import EncryptionKeys
from access.host_secrets import Keys, Unusable, load_or_generate
from access.pepper import Peppers
from access.versioned_keys import VersionedKeys
from cli.settings import Settings
from db import api_key, host_secret, webhook
from db.database import Database
from db.statement import Connection


@dataclass(frozen=True)
class Kind(Generic[Keys]):
    """What the database calls such secrets, and the file that keeps them in the data folder."""

    keys: type[Keys]
    name: str
    file: str
    # Whether something rests on one, even where the database lost what it knew of it.
    signs: tuple[Callable[[Connection], Awaitable[bool]], ...]


PEPPERS = Kind(Peppers, "pepper", "peppers", (api_key.exist,))
ENCRYPTION = Kind(EncryptionKeys, "encryption", "encryption-keys", (webhook.exist,))


async def open_peppers(settings: Settings, database: Database) -> Peppers:
    """The peppers from the settings or the data folder, where they are made on a new database.

    Raises Unusable where one that the database has seen is missing or differs: the first process
    to note a version's check value decides, and all others must have the same pepper.
    """
    return await _open(PEPPERS, settings.peppers, settings.data, database)


async def open_encryption(settings: Settings, database: Database) -> EncryptionKeys:
    """The encryption keys, under the same rules as the peppers."""
    return await _open(ENCRYPTION, settings.encryption_keys, settings.data, database)


async def _open(kind: Kind[Keys], given: Keys | None, folder: Path, database: Database) -> Keys:
    path = folder / kind.file
    keys = given or load_or_generate(kind.keys, path, may_generate=await _is_new(kind, database))
    async with database.transaction() as connection:
        values = {version: keys.check_value(version) for version in keys.versions}
        await host_secret.note(connection, kind.name, values)
        # What is refused here is not noted either.
        known = await host_secret.check_values(connection, kind.name)
        _must_match(kind.keys, values, known, kind.keys.SETTING if given else path)
    return keys


async def _is_new(kind: Kind[Keys], database: Database) -> bool:
    async with database.reading() as connection:
        if await host_secret.check_values(connection, kind.name):
            return False
        return not any([await exist(connection) for exist in kind.signs])


def _must_match(
    kind: type[VersionedKeys],
    values: Mapping[int, bytes],
    known: Mapping[int, bytes],
    where: Path | str,
) -> None:
    for version, value in sorted(known.items()):
        if version not in values:
            raise Unusable(
                f"{kind.named(version)} is missing in {where}, and {kind.RESTING} in the database"
                " rest on it. Add it from the backup, or from another host of this database."
            )
        if values[version] != value:
            raise Unusable(
                f"{kind.named(version)} in {where} isn't the one that {kind.RESTING} in the"
                f" database rest on. Take {version} from the backup, or from the host that made it."
            )
