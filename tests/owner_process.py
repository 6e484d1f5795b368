"""A program that owns an embedded database until it is killed or its input ends."""

import sys
from pathlib import Path
from threading import Thread

from db.embedded import Embedded


def main(folder: str, binaries: str, how: str) -> None:
    embedded = Embedded(Path(folder), Path(binaries))
    if how == "passing thread":
        starter = Thread(target=embedded.start)
        starter.start()
        starter.join()
    else:
        embedded.start()
    print(embedded.url, flush=True)  # noqa: T201 - this is what the test reads
    sys.stdin.read()
    embedded.stop()


main(*sys.argv[1:])
