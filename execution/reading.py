"""Reading a document that isn't known, which costs the processor's time whatever comes of it."""

from time import thread_time
from typing import Final

from access.caller import Caller
from execution.cost import MOST_COST
from execution.documents import Documents
from execution.toll import Toll

# What a cost of 1 is worth: as much as the dearest of what runs takes.
UNIT_SECONDS: Final = 20e-6


async def read(documents: Documents, toll: Toll, text: str, caller: Caller) -> None:
    """Make a document known; NotValid or QueryTooComplex, and OverBudget before.

    The reading is paid for once it is done, for nobody knows before how long it takes: at least 1,
    and no more than an operation may cost.
    """
    await toll.must_have_some(caller)
    began = thread_time()
    try:
        documents.get(text)
    finally:
        toll.owe(caller, min(MOST_COST, 1 + int((thread_time() - began) / UNIT_SECONDS)))
