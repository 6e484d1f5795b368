"""Making an operation ready that isn't known, which costs time whatever comes of it."""

from time import thread_time
from typing import Final

from access.caller import Caller
from execution.cost import MOST_COST
from execution.documents import Documents, Ready
from execution.request import Asked
from execution.toll import Toll

# What a cost of 1 is worth: as much as the dearest of what runs takes.
UNIT_SECONDS: Final = 20e-6


async def read(documents: Documents, toll: Toll, asked: Asked, caller: Caller) -> Ready:
    """Make an operation known, its document too; NotValid or QueryTooComplex, OverBudget before.

    It is paid for once it is done, for nobody knows before how long it takes: at least 1, and no
    more than an operation may cost. Each operation of a document is planned by itself, so that a
    document of many isn't paid for by its first.
    """
    await toll.must_have_some(caller)
    began = thread_time()
    try:
        ready = documents.ready(documents.get(asked.query), asked.operation_name)
    finally:
        toll.owe(caller, min(MOST_COST, 1 + int((thread_time() - began) / UNIT_SECONDS)))
    # Whoever was let in for this is let in for the operation, too.
    return ready._replace(cost=ready.cost.let_in())
