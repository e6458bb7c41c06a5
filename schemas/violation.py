"""What a contract refused, in words for the partner who has to mend it.

A text that was found may be a patient's name in the wrong field, so it is described by its shape
("Aaaaa Aaaaaa", "9999-99-99") and never repeated; numbers and times are shown. Pure.
"""

from __future__ import annotations

from datetime import date

from pydantic import ValidationError
from pydantic_core import ErrorDetails

SHOWN = 3


def violation(error: ValidationError) -> str:
    """The fields that were refused, what was expected and what was found."""
    errors = error.errors(include_url=False, include_context=False)
    said = [_one(error) for error in errors[:SHOWN]]
    if len(errors) > SHOWN:
        said.append(f"and {len(errors) - SHOWN} more")
    return "; ".join(said)


def _one(error: ErrorDetails) -> str:
    place = ".".join(map(str, error["loc"])) or "the message"
    if error["type"] == "missing":
        return f"{place}: missing"
    return f"{place}: {error['msg']}, {found(error['input'])}"


def found(value: object) -> str:
    """What was found, without repeating a text."""
    match value:
        case None:
            return "found nothing"
        case bool() | int() | float() | date():
            return f"found {value}"
        case str():
            return f"found {len(value)} characters like {shape_of(value)!r}"
        case dict():
            return "found a group of fields"
        case list() | tuple():
            return f"found a list of {len(value)}"
        case _:
            return f"found a {type(value).__name__}"


def shape_of(text: str) -> str:
    """Letters as A or a, digits as 9, blanks and marks as they are; the first twenty of them."""
    return "".join(_class_of(character) for character in text[:20])


def _class_of(character: str) -> str:
    if character.isdigit():
        return "9"
    if character.isalpha():
        return "A" if character.isupper() else "a"
    return character if character.isprintable() else "?"
