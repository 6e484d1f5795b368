"""What tests of pages share: a headless Chromium that reaches this machine and nothing else."""

import os
import shutil
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright, expect

from tests.embedded_parts import ROOT

FOLDER = ROOT / ".venv" / "browser"
# Whatever isn't on this machine goes to a port where nobody listens.
NOWHERE = {"server": "http://127.0.0.1:9", "bypass": "127.0.0.1"}
OTHERS = ("chromium", "google-chrome", "chrome")
ABSENT = "No Chromium: `make suite` installs one on Linux on x86-64; elsewhere put one on PATH."

# A busy machine takes as long as it takes.
expect.set_options(timeout=30_000)


def program(folder: Path = FOLDER) -> tuple[Path, dict[str, str]]:
    """Chromium, and what its environment needs to say."""
    installed = folder / "chromium"
    if installed.exists():
        return installed, {
            "FONTCONFIG_PATH": str(folder / "fontconfig"),
            "LD_LIBRARY_PATH": str(folder / "libraries" / "lib"),
        }
    found = next(filter(None, map(shutil.which, OTHERS)), None)
    assert found, ABSENT
    return Path(found), {}


@asynccontextmanager
async def chromium():
    """A browser whose network is cut but for loopback."""
    path, needs = program()
    async with async_playwright() as playwright:
        browser: Browser = await playwright.chromium.launch(
            executable_path=path, chromium_sandbox=False, proxy=NOWHERE, env=os.environ | needs
        )
        yield browser
        await browser.close()
