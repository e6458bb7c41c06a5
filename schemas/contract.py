"""What every contract of ours is: frozen, closed to unknown fields, with times that know their zone.

Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


def in_utc(moment: datetime) -> datetime:
    """The same instant in UTC; a time that does not say its zone is refused."""
    if moment.tzinfo is None:
        raise ValueError("a time needs its zone, for example 2026-03-01T10:00:00+01:00")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time needs a year from 1 to 9999, in UTC too") from None


Instant = Annotated[datetime, AfterValidator(in_utc)]
"""A UTC instant with microseconds."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=500)]
"""A short text that is not empty."""

Prose = Annotated[str, StringConstraints(max_length=4000)]
"""A longer text for people."""

Code = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^\S(.*\S)?$")]
"""A partner's code or name, without blanks around it."""

Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
"""How many; never negative."""


KEPT = "body as written"
"""Under this name a value keeps its Avro body. It is no field's name: comparing and dumping leave it out."""


class Contract(BaseModel):
    """A value that two parties agree on: frozen, and closed to fields nobody declared."""

    body_is_kept: ClassVar[bool] = False
    """Whether the Avro body is kept beside the value once written: for parts of larger contracts that
    are written again and again unchanged."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        ser_json_bytes="base64",
        val_json_bytes="base64",
    )

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, with some fields changed; what was kept beside the fields is the original's only."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied
