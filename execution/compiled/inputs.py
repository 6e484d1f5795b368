"""Arguments as resolvers take them, made by functions that are built once for each type.

Strawberry looks at the types of an input anew in each request, which takes longer than to judge
what was sent. What these functions don't know, and what is wrong, is left to it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple, TypeAlias, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from strawberry.pydantic.conversion import build_pydantic_model
from strawberry.relay import GlobalID
from strawberry.scalars import is_scalar
from strawberry.schema import Schema
from strawberry.types.arguments import convert_arguments
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from execution.compiled.columns import attempt

Make: TypeAlias = Callable[[Any], Any]
Arguments: TypeAlias = Mapping[str, Any]
MOST_INPUTS: Final = 1_000


class Unknown(Exception):
    """A type that Strawberry is to convert."""


class Member(NamedTuple):
    """An argument, or a field of an input: as clients call it, and as Python does.

    No `make` where it stays as it was sent. `is_told` where pydantic is told of null though nothing
    was sent.
    """

    shown: str
    name: str
    make: Make | None
    is_told: bool = False


def converter(own: StrawberryField, house: Schema) -> Callable[[Arguments], Arguments]:
    """Makes a field's arguments; raises what Strawberry does."""
    members = attempt(_arguments, own, house)
    if isinstance(members, Exception):
        return partial(converted, own, house)

    def make(given: Arguments) -> Arguments:
        made = attempt(_made, members, given)
        return converted(own, house, given) if isinstance(made, Exception) else made

    return make


def converted(own: StrawberryField, house: Schema, given: Arguments) -> dict[str, Any]:
    """The arguments as Strawberry hands them to resolvers, inputs made and judged."""
    registry = house.schema_converter.scalar_registry
    return convert_arguments(cast("dict[str, Any]", given), own.arguments, registry, house.config)


def _arguments(own: StrawberryField, house: Schema) -> list[Member]:
    shown = house.config.name_converter.from_argument
    return [
        Member(shown(each), each.python_name, _argument(each.type, house)) for each in own.arguments
    ]


def _argument(type_: Any, house: Schema) -> Make | None:
    if isinstance(type_, StrawberryMaybe):
        raise Unknown
    if isinstance(type_, StrawberryOptional):
        return _argument(type_.of_type, house)
    if _is_model(type_):
        data, judged = _data(type_, house), type_.model_validate
        # By the names that the data has: an alias could be another field's name.
        return _or_none(lambda value: judged(data(value), by_alias=False, by_name=True))
    if isinstance(type_, StrawberryList) and not _is_leaf(type_.of_type, house):
        raise Unknown
    return _member(type_, house)


def _member(type_: Any, house: Schema) -> Make | None:
    """What pydantic is given to judge: nested inputs as their data."""
    if isinstance(type_, StrawberryOptional):
        # Whether null fits, and whether anything was sent, is pydantic's business.
        return _member(type_.of_type, house)
    if _is_leaf(type_, house):
        return None
    if isinstance(type_, StrawberryList):
        item = _member(type_.of_type, house)
        return _or_none(lambda value: [item(each) for each in value] if item else list(value))
    if not _is_model(type_):
        raise Unknown
    return _or_none(_data(type_, house))


def _or_none(make: Make) -> Make:
    return lambda value: None if value is None else make(value)


def _is_leaf(type_: Any, house: Schema) -> bool:
    if isinstance(type_, StrawberryEnumDefinition):
        return True
    return type_ is not GlobalID and is_scalar(type_, house.schema_converter.scalar_registry)


def _is_model(type_: Any) -> bool:
    if not isinstance(type_, type) or not issubclass(type_, BaseModel):
        return False
    return cast("Any", type_).__strawberry_definition__.from_input is build_pydantic_model


@lru_cache(MOST_INPUTS)
def _data(model: Any, house: Schema) -> Make:
    """The data of an input by Python's names."""
    definition = model.__strawberry_definition__
    members = [_field(model, each, definition, house) for each in definition.fields]

    return lambda value: _made(members, value)


def _made(members: Sequence[Member], given: Arguments) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for shown, name, make, is_told in members:
        if shown in given:
            made[name] = make(given[shown]) if make else given[shown]
        elif is_told:
            made[name] = None
    return made


def _field(model: Any, field: StrawberryField, definition: Any, house: Schema) -> Member:
    type_ = field.resolve_type(type_definition=definition)
    shown, known = house.config.name_converter.from_field(field), model.model_fields
    own: FieldInfo | None = known.get(field.python_name)
    if own is not None and _holds_tuple(own.annotation):
        raise Unknown
    is_told = own is not None and own.is_required() and isinstance(type_, StrawberryOptional)
    return Member(shown, field.python_name, _member(type_, house), is_told)


def _holds_tuple(annotation: Any) -> bool:
    """Lists come as lists, which is not what pydantic takes for a tuple."""
    parts: tuple[Any, ...] = get_args(annotation)
    return tuple in {annotation, get_origin(annotation)} or any(map(_holds_tuple, parts))
