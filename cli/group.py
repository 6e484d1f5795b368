"""The group of all commands, which tells expected failures in one line."""

from typing import Any

import click

from access.host_secrets import Unusable
from db.binaries import EmbeddedFailed
from db.errors import Refused

EXPECTED = (EmbeddedFailed, Refused, Unusable)


class Commands(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except EXPECTED as failure:
            raise click.ClickException(str(failure)) from failure
