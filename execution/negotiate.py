"""Which media type an answer has (GraphQL over HTTP, section 6.4; RFC 9110, section 12.5.1)."""

from functools import lru_cache

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
ANY = {"*/*": 0, "application/*": 1}


@lru_cache(maxsize=256)
def negotiated(accept: str | None) -> str | None:
    """The media type that the client likes best, None where it takes none that there is.

    Without a preference it is application/json, which older clients expect.
    """
    if not accept or not accept.strip():
        return JSON
    best: tuple[float, int, int] = (0.0, -1, 0)
    chosen = None
    for order, part in enumerate(accept.split(",")):
        name, *parameters = [piece.strip().lower() for piece in part.split(";")]
        quality = _quality(parameters)
        media = name if name in {GRAPHQL, JSON} else JSON if name in ANY else None
        rank = (quality, ANY.get(name, 2), -order)
        if media and quality > 0 and rank > best:
            best, chosen = rank, media
    return chosen


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return min(1.0, float(parameter[2:]))
            except ValueError:
                return 0.0
    return 1.0
