"""Runs operations made up for the tests' odd schema both ways, as many as one likes."""

import argparse
import asyncio
import warnings
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

from benchmarks.table import note, show
from tests.compared import Both, both, written
from tests.followed import followed, shown

EVERY = 1_000


async def asked(seed: int) -> AsyncIterator[tuple[Any, Both]]:
    """An operation and a subscription, each with what both ways come to."""
    for later in (False, True):
        for document, values, scopes in written(seed, later=later):
            yield values, await both(document, values, later=later, scopes=scopes)
        for one in followed(seed, later=later):
            async for found in shown(one, later=later):
                yield one.values, found


async def compared(first: int, documents: int) -> Counter[str]:
    seen: Counter[str] = Counter()
    for seed in range(first, first + documents):
        async for values, found in asked(seed):
            seen["comparisons"] += 1
            seen["with errors"] += bool(found.theirs.result.errors)
            seen["told otherwise, as the specification allows"] += found.difference == "told"
            if found.difference not in {None, "told"}:
                seen["different"] += 1
                note(f"seed {seed}, {values}: the {found.difference} differ")
        if (seed - first) % EVERY == EVERY - 1:
            note(f"  {seed - first + 1} of {documents}")
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=2_000)
    parser.add_argument("--first", type=int, default=1_000_000, help="the first seed")
    chosen = parser.parse_args()
    # graphql-core leaves coroutines behind where a null cuts siblings off.
    warnings.simplefilter("ignore", RuntimeWarning)
    seen = asyncio.run(compared(chosen.first, chosen.documents))
    show(["what", "how many"], [[what, number] for what, number in seen.items()])
    assert not seen["different"]


if __name__ == "__main__":
    main()
