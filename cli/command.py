"""The `tollhouse` command."""

import sys
from pathlib import Path

import click

from cli import invocation
from cli.demo import demo
from cli.documents import documents
from cli.group import Commands
from cli.invocation import INSTALLED
from cli.keys import keys
from cli.migrations import migrations
from cli.organizations import organizations
from cli.program import Program
from cli.serve import serve
from cli.worker import worker


@click.group(cls=Commands)
def tollhouse() -> None:
    """Tollhouse: a merchant API whose keys are fenced by scope and by address.

    The commands work on the database itself, past the limits of any key. Beside a running server
    they use its database; they read the same environment variables and data folder as it does.
    """


@tollhouse.command()
@click.pass_obj
def schema(program: Program) -> None:
    """Print the schema of the API."""
    click.echo(program.schema().rstrip("\n"))


for command in (serve, worker, organizations, keys, documents, migrations, demo):
    tollhouse.add_command(command)


def run(program: Program) -> None:
    """Run the command line of this process."""
    version = click.version_option(program.version, prog_name=INSTALLED)
    typed = invocation.program(Path(sys.argv[0]), Path(sys.executable))
    version(tollhouse)(obj=program, prog_name=typed)
