"""The peppers of this host, held against what the database knows of them."""

from collections.abc import Mapping
from pathlib import Path

from access.host_secrets import Unusable, load_or_generate
from access.pepper import Peppers
from cli.settings import Settings
from db import api_key, host_secret
from db.database import Database

KIND = "pepper"
FILE = "peppers"


async def open_peppers(settings: Settings, database: Database) -> Peppers:
    """The peppers from the settings or the data folder, where they are made on a new database.

    Raises Unusable where one that the database has seen is missing or differs: the first process
    to note a version's check value decides, and all others must have the same pepper.
    """
    path = settings.data / FILE
    peppers = settings.peppers or load_or_generate(path, may_generate=await _is_new(database))
    values = {version: peppers.check_value(version) for version in peppers.versions}
    async with database.transaction() as connection:
        await host_secret.note(connection, KIND, values)
        # What is refused here is not noted either.
        known = await host_secret.check_values(connection, KIND)
        _must_match(values, known, None if settings.peppers else path)
    return peppers


async def _is_new(database: Database) -> bool:
    async with database.reading() as connection:
        known = await host_secret.check_values(connection, KIND)
        return not known and not await api_key.exist(connection)


def _must_match(values: Mapping[int, bytes], known: Mapping[int, bytes], path: Path | None) -> None:
    where = path or "TOLLHOUSE_PEPPERS"
    for version, value in sorted(known.items()):
        if version not in values:
            raise Unusable(
                f"Pepper {version} is missing in {where}, and tokens in the database rest on it."
                " Add it from the backup, or from another host of this database."
            )
        if values[version] != value:
            raise Unusable(
                f"Pepper {version} in {where} isn't the one that tokens in the database rest on."
                f" Take {version} from the backup, or from the host that made it."
            )
