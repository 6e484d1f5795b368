"""Starts Tollhouse from its own folder, where its modules meet no others of the same names."""

import sys
from importlib import import_module
from pathlib import Path


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parent))
    import_module("server").main()
