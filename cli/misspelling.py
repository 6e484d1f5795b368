"""Variables of the environment that look like settings and are none."""

import difflib
from collections.abc import Iterable

from cli.invocation import hint
from cli.setting import OURS
from cli.setting_table import SETTINGS

OF_TESTS = f"{OURS}TEST_"


def misspelled(names: Iterable[str]) -> list[str]:
    """A sentence for each, with the setting that may have been meant."""
    known = {setting.name.removeprefix(OURS): setting.name for setting in SETTINGS}
    sentences: list[str] = []
    for name in sorted(names):
        if not name.startswith(OURS) or name.startswith(OF_TESTS) or name in known.values():
            continue
        near = difflib.get_close_matches(name.removeprefix(OURS), known, 1)
        listed = f"{hint('serve --help')} lists them."
        meant = f"did you mean {known[near[0]]}?" if near else listed
        sentences.append(f"{name} is no setting; {meant}")
    return sentences
