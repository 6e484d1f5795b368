"""Documents that were parsed, validated and planned before, by their text."""

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    parse,
    validate,
)

from execution.compiled.program import Program
from execution.compiled.room import Room
from execution.cost import Cost, compile_cost
from execution.errors import QueryTooComplex
from execution.limits import must_be_within_limits
from execution.plan import Plan, compile_plan, find_operation, fragments_of
from execution.rules import Rules

MOST_TOKENS = 5_000
MOST_ERRORS = 20
# The place of each error is found by counting lines, and comments are no tokens.
MOST_CHARACTERS = 100_000
MOST_LINES = 2_000
SIZE = 1_000
SIZE_CHARACTERS = 1_000_000
# What is known of an operation takes as much as so many characters, and one for two steps of its
# plan: a short one can spread fragments that many spread.
OPERATION_CHARACTERS = 10
STEPS_EACH = 2
# How graphql-core says that a document reached one of its limits.
PARSING_ABORTED = " Parsing aborted."
VALIDATION_ABORTED = "Validation aborted."


class Ready(NamedTuple):
    """All that is known of one operation before it runs."""

    root: DocumentNode
    plan: Plan
    cost: Cost
    program: Program | None


@dataclass
class Document:
    """A document that is valid for the schema, with what its operations come to."""

    text: str
    root: DocumentNode
    plans: dict[str | None, Plan] = field(default_factory=dict[str | None, Plan])
    costs: dict[str | None, Cost] = field(default_factory=dict[str | None, Cost])
    # The characters of its text, and what its operations come to in characters.
    size: int = 0
    # By the names of the operations themselves, of which a request may leave out the only one.
    programs: dict[str | None, Program] = field(default_factory=dict[str | None, Program])
    ready: dict[str | None, Ready] = field(default_factory=dict[str | None, Ready])

    @cached_property
    def fragments(self) -> dict[str, FragmentDefinitionNode]:
        """Shared by all operations, for each may spread any; GraphQLError as it is planned."""
        return fragments_of(self.root)

    @cached_property
    def room(self) -> Room:
        return Room(len(self.text))


class NotValid(Exception):
    """A document that doesn't fit the schema, or an operation that can't be told."""

    def __init__(self, code: str, errors: list[GraphQLError]) -> None:
        super().__init__(code)
        self.code, self.errors = code, errors


class Documents:
    """The documents of one schema, the latest ones kept; they hold nothing about any caller.

    Bounded by number and by characters, those of their texts and what operations count as: what is
    parsed or planned of a character takes some 100 to 200 bytes.
    """

    def __init__(self, schema: GraphQLSchema, rules: Rules, *, compiles: bool = True) -> None:
        self.schema, self._rules, self._compiles = schema, rules, compiles
        self._known: OrderedDict[str, Document] = OrderedDict()
        self._characters = 0

    def known(self, text: str) -> Document | None:
        """The document, None where it would have to be read first."""
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
        return known

    def get(self, text: str) -> Document:
        """The document, read where it isn't known; NotValid or QueryTooComplex."""
        known = self.known(text)
        if known is not None:
            return known
        document = Document(text, self._parsed(text))
        self._keep(document)
        return document

    def ready(self, document: Document, name: str | None) -> Ready:
        """One operation of a document; NotValid where it can't be told which one is meant."""
        ready = document.ready.get(name)
        if ready is None:
            plan, cost = self.plan(document, name), self.cost(document, name)
            ready = Ready(document.root, plan, cost, self.program(document, name))
            document.ready[name] = ready
            if self._known.get(document.text) is document:
                self._grow(document, OPERATION_CHARACTERS + plan.steps // STEPS_EACH)
        return ready

    def touch(self, text: str) -> None:
        """Say that a document is in use, which keeps it for longer if it is still here."""
        if text in self._known:
            self._known.move_to_end(text)

    def plan(self, document: Document, name: str | None) -> Plan:
        """The plan of one operation; NotValid where it can't be told which one is meant."""
        plan = document.plans.get(name)
        if plan is None:
            try:
                operation = find_operation(document.root, name)
                plan = compile_plan(self.schema, document.root, operation, self._rules)
            except GraphQLError as error:
                raise NotValid("GRAPHQL_VALIDATION_FAILED", [error]) from None
            document.plans[name] = plan
        return plan

    def cost(self, document: Document, name: str | None) -> Cost:
        """The cost of an operation that has a plan."""
        cost = document.costs.get(name)
        if cost is None:
            operation = self.plan(document, name).operation
            cost = compile_cost(self.schema, document.fragments, operation)
            document.costs[name] = cost
        return cost

    def program(self, document: Document, name: str | None) -> Program | None:
        """The compiled form of an operation that has a plan; None where none is to be used."""
        if not self._compiles:
            return None
        operation = document.plans[name].operation
        own_name = operation.name.value if operation.name else None
        program = document.programs.get(own_name)
        if program is None:
            program = Program(self.schema, document.fragments, operation, document.room)
            document.programs[own_name] = program
        return program

    def _parsed(self, text: str) -> DocumentNode:
        if len(text) > MOST_CHARACTERS or text.count("\n") + text.count("\r") >= MOST_LINES:
            shown = f"{MOST_CHARACTERS} characters or {MOST_LINES} lines"
            raise QueryTooComplex(f"Document has more than {shown}.")
        try:
            root = parse(text, max_tokens=MOST_TOKENS)
        except GraphQLSyntaxError as error:
            if error.message.endswith(PARSING_ABORTED):
                message = error.message.removeprefix("Syntax Error: ")
                raise QueryTooComplex(message.removesuffix(PARSING_ABORTED)) from None
            raise NotValid("GRAPHQL_PARSE_FAILED", [error]) from None
        must_be_within_limits(root)
        errors = validate(self.schema, root, max_errors=MOST_ERRORS)
        if any(error.message == VALIDATION_ABORTED for error in errors):
            raise QueryTooComplex("Document repeats or nests its selections too often.")
        if errors:
            raise NotValid("GRAPHQL_VALIDATION_FAILED", [_by_the_client(each) for each in errors])
        return root

    def _keep(self, document: Document) -> None:
        self._known[document.text] = document
        self._grow(document, len(document.text))

    def _grow(self, document: Document, characters: int) -> None:
        """Count more for a document that is kept, and make room; it may go itself."""
        document.size += characters
        self._characters += characters
        while len(self._known) > SIZE or self._characters > SIZE_CHARACTERS:
            _, dropped = self._known.popitem(last=False)
            self._characters -= dropped.size
            # Subscriptions that are open still hold the program.
            for program in dropped.programs.values():
                program.forget()


def _by_the_client(error: GraphQLError) -> GraphQLError:
    """The error without its cause: a number that Python finds too long is no bug of ours."""
    is_literal = isinstance(error.original_error, ValueError)
    return GraphQLError(error.message, error.nodes) if is_literal else error
