"""Makes the identifiers of a course in the forms that the field uses, each with its right check digit.

Facility A9999 and company prefix 9521234 are those that standards keep for examples: no identifier
made here can be a real one. A seed shifts every series, so that two plays do not share identifiers.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from schemas.identifiers.gs1 import check_digit

FACILITY = "A9999"
YEAR = "26"
COMPANY = "9521234"

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_STEP = 7919
"""A prime, so that serials of neighbouring courses look unlike each other and never meet."""


@dataclass(frozen=True, slots=True)
class Names:
    """Every identifier of one course, whoever issues it."""

    coi: str
    order: str
    slot: str
    din: str
    sec: str
    batch: str
    second_batch: str
    """A number of the same series that no course should have."""
    certificate: str
    delivery: str
    collected_bags: tuple[str, ...]
    doses: tuple[str, ...]
    serial: int

    def shipment(self, way: str) -> str:
        """The shipment of one way: `out` to the maker, `home` to the clinic."""
        return f"SHP{YEAR}{self.serial:06d}{'A' if way == 'out' else 'B'}"

    def waybill(self, way: str) -> str:
        """The courier's waybill of one way."""
        return f"WB{(self.serial * 2 + (way == 'home')):08d}"

    def sscc(self, way: str) -> str:
        """The logistic unit of one way."""
        return sscc(self.serial * 2 + (way == "home"))

    def sample(self, kind: str) -> str:
        """The laboratory's sample of one kind."""
        return f"S{YEAR}-{self.serial:06d}-{kind}"

    def numbered(self, prefix: str, part: int = 1) -> str:
        """A record of the quality system, for example DEV-26-000123-1."""
        return f"{prefix}-{YEAR}-{self.serial:06d}-{part}"


def names_of(seed: int, journey: int, bags: int = 1, doses: int = 1) -> Names:
    """The identifiers of one journey of one seed."""
    shift = Random(f"{seed}:identifiers").randrange(1_000_000)
    serial = (shift + journey * _STEP) % 1_000_000
    din = f"{FACILITY}{YEAR}{serial:06d}"
    batch = f"B{YEAR}{serial:06d}"
    return Names(
        coi=f"CH{FACILITY}{YEAR}{_letters(shift * 1_000 + journey * _STEP)}",
        order=f"45{serial:08d}",
        slot=f"SLOT-{YEAR}-{serial:06d}",
        din=din,
        sec=f"NL000001{din}",
        batch=batch,
        second_batch=f"{batch}X",
        certificate=f"RFI-{YEAR}-{serial:06d}",
        delivery=f"80{serial:08d}",
        collected_bags=tuple(f"{din}-{number:02d}" for number in range(1, bags + 1)),
        doses=tuple(f"{batch}-{number:02d}" for number in range(1, doses + 1)),
        serial=serial,
    )


def sscc(serial: int) -> str:
    """A serial shipping container code: extension digit, company prefix, serial, check digit."""
    body = f"3{COMPANY}{serial:09d}"
    return body + check_digit(body)


def _letters(number: int) -> str:
    number %= 36**6
    found = ""
    for _ in range(6):
        number, digit = divmod(number, 36)
        found = _ALPHABET[digit] + found
    return found
