"""What documents say of settings, scopes, codes and files is so."""

import re
from pathlib import Path

from access.errors import RateLimited
from cli.settings import SETTINGS
from db.errors import Refused
from db.scope import Scope
from execution.documents import NotValid

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
ERRORS = (ROOT / "docs" / "errors.md").read_text()
# Found while a document is read, and told without being exceptions of ours.
OTHERS = {
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "INTERNAL",
    "PERSISTED_QUERY_NOT_FOUND",
}
# Said by the command line to the operator, and never sent to a client.
UNSENT = {"REFUSED", "UNFIT"}


def codes_of(kind: type[Refused]) -> set[str]:
    return {kind.code}.union(*map(codes_of, kind.__subclasses__()))


def test_every_setting_is_in_the_readme():
    rows = [
        f"| `{setting.name}` | {setting.otherwise or f'`{setting.default}`'} | {setting.help} |"
        for setting in SETTINGS
    ]
    table = README.partition("| name | default | what it is for |\n|---|---|---|\n")[2]

    assert table.partition("\n\n")[0].splitlines() == rows


def test_every_scope_is_in_the_readme():
    table = README.partition("| scope | lets a key |")[2].partition("\n\n")[0]
    named: set[str] = set()
    for row in table.splitlines():
        resource = ""
        for name in re.findall(r"`([a-z_.]+)`", row.split("|")[1] if "|" in row else ""):
            resource = name.partition(".")[0] or resource
            named.add(f"{resource}.{name.partition('.')[2]}")

    assert named == {scope.value for scope in Scope}


def test_every_code_is_documented():
    documented = set(re.findall(r"`([A-Z_]{5,})`", ERRORS))
    sent = codes_of(Refused) - UNSENT | OTHERS
    assert issubclass(RateLimited, Refused)
    assert not issubclass(NotValid, Refused)

    assert documented >= sent
    assert documented - sent == set()


def test_links_lead_somewhere():
    for page in (README, *(path.read_text() for path in (ROOT / "docs").glob("*.md"))):
        for target in re.findall(r"\]\(([^)#:]+)\)", page):
            assert (ROOT / target).exists() or (ROOT / "docs" / target).exists(), target
