"""What a logistics partner and the people who connect it agree on, as its settings say under `mapping`.

| name | what it says |
| --- | --- |
| places | a courier's or a carrier's name of a place, and the code that it has everywhere else |
| logger_columns | the head of a column of a logger file, and what it holds: temperature, tilt, shock, lid_open, battery, time, date, clock, or nothing |
| logger_names | a name before the table of a logger file, and what it says: logger, shipment, zone, unit, end, calibrated_until |
| date_order | how a date with slashes is written: dmy or mdy; without it such a date is refused |

Data, checked at start: a name that nothing reads is refused, since it would silently do nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field, ValidationError

from connectors.connector import Partner
from schemas.contract import Code, Contract


class Column(StrEnum):
    """What a column of a logger file holds."""

    TIME = "time"
    DATE = "date"
    CLOCK = "clock"
    TEMPERATURE = "temperature"
    TILT = "tilt"
    SHOCK = "shock"
    LID_OPEN = "lid_open"
    BATTERY = "battery"
    NOTHING = "nothing"


class Heading(StrEnum):
    """What a line before the table of a logger file says."""

    LOGGER = "logger"
    SHIPMENT = "shipment"
    ZONE = "zone"
    UNIT = "unit"
    END = "end"
    CALIBRATED_UNTIL = "calibrated_until"
    NOTHING = "nothing"


class DateOrder(StrEnum):
    """In which order day and month stand in a date with slashes."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


class Agreement(Contract):
    """All that is agreed with one partner."""

    places: Mapping[str, Code] = Field(default_factory=dict)
    logger_columns: Mapping[str, Column] = Field(default_factory=dict)
    logger_names: Mapping[str, Heading] = Field(default_factory=dict)
    date_order: DateOrder | None = None


NOTHING_AGREED = Agreement()


def agreement(partner: Partner) -> Agreement:
    """What the partner's settings say; a ValueError that names the place when they are wrong."""
    if not partner.mapping:
        return NOTHING_AGREED
    try:
        return Agreement.model_validate(dict(partner.mapping))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"mapping: {place}: {first['msg']}") from None


def check(partner: Partner) -> None:
    """Refuses settings that cannot be used before the first message needs them."""
    agreement(partner)
