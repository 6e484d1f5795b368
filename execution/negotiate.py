"""Which media type an answer has (GraphQL over HTTP, section 6.4; RFC 9110, section 12.5.1)."""

from functools import lru_cache

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"
WIDER = ("application/*", "*/*")

# What a client says of each range: how much it likes it, and where it says so.
Ranges = dict[str, tuple[float, int]]


@lru_cache(maxsize=256)
def negotiated(accept: str | None) -> str | None:
    """The media type that the client likes best, None where it takes none that there is.

    Without a preference it is application/json, which older clients expect; a stream of events is
    for those only who name it.
    """
    if not accept or not accept.strip():
        return JSON
    ranges = _ranges(accept)
    likings = {media: _liking(media, ranges) for media in (JSON, GRAPHQL)}
    likings[EVENTS] = _events_liking(ranges)
    best = max(likings, key=likings.__getitem__)
    return best if likings[best][0] > 0 else None


@lru_cache(maxsize=256)
def takes_events(accept: str | None) -> bool:
    """Whether the client takes a stream of events, be it after others."""
    return _events_liking(_ranges(accept or ""))[0] > 0


def _ranges(accept: str) -> Ranges:
    ranges: Ranges = {}
    for order, part in enumerate(accept.split(",")):
        name, *parameters = [piece.strip().lower() for piece in part.split(";")]
        ranges.setdefault(name, (_quality(parameters), order))
    return ranges


def _events_liking(ranges: Ranges) -> tuple[float, int, int]:
    return _liking(EVENTS, ranges) if EVENTS in ranges else (0.0, 0, 0)


def _liking(media: str, ranges: Ranges) -> tuple[float, int, int]:
    """How much the client likes it: what it says of the narrowest range that fits counts."""
    for width, name in enumerate((media, *WIDER)):
        if name in ranges:
            quality, order = ranges[name]
            return quality, -width, -order
    return 0.0, 0, 0


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return min(1.0, float(parameter[2:]))
            except ValueError:
                return 0.0
    return 1.0
