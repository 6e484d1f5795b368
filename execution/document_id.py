"""The id of a document, as a request names it.

Two ways lead to the same: `documentId` of the draft of GraphQL over HTTP (Appendix A), and
`extensions.persistedQuery` of Apollo's clients.
"""

from typing import Any, cast

from db.trusted_document import HASH, is_id
from execution.errors import HttpRefused


def document_id(stated: Any, extensions: dict[str, Any]) -> str | None:
    """The id, None where the request names none; HttpRefused for what can't be one."""
    of_apollo = _of_apollo(extensions.get("persistedQuery"))
    if stated is None:
        return of_apollo
    if not isinstance(stated, str) or not is_id(stated):
        raise HttpRefused(
            "`documentId` must be an id such as sha256:... with 64 hexadecimal digits in lower"
            " case, or one that an operator gave a document."
        )
    if of_apollo not in (None, stated):
        raise HttpRefused("`documentId` and `extensions.persistedQuery` name two documents.")
    return stated


def _of_apollo(persisted: Any) -> str | None:
    if persisted is None:
        return None
    members = cast("dict[str, Any]", persisted if isinstance(persisted, dict) else {})
    found, version = members.get("sha256Hash"), members.get("version")
    if version != 1 or not isinstance(found, str) or not is_id(HASH + found):
        raise HttpRefused(
            "`extensions.persistedQuery` must have the version 1, and as sha256Hash the 64"
            " hexadecimal digits of the document's hash in lower case."
        )
    return HASH + found
