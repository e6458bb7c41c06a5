"""The Single European Code: forty characters, and twenty-one before there is a product."""

from __future__ import annotations

from datetime import date

import pytest

from schemas.identifiers.form import Malformed
from schemas.identifiers.sec import parse_sec

WHOLE = "NL000001" + "A999921123456" + "B" + "S123400" + "001" + "20271231"


def test_a_whole_code_is_read_part_by_part() -> None:
    code = parse_sec(WHOLE)

    assert len(WHOLE) == 40
    assert (code.country, code.establishment, code.donation) == ("NL", "000001", "A999921123456")
    assert (code.coding, code.product, code.split) == ("B", "S123400", "001")
    assert code.expires == date(2027, 12, 31)
    assert str(code) == WHOLE
    assert code.sequence == WHOLE[:21]


def test_the_donation_sequence_stands_alone_before_there_is_a_product() -> None:
    code = parse_sec("NL 000001 A999921123456")

    assert str(code) == code.sequence == WHOLE[:21]
    assert code.expires is None


def test_no_expiry_is_eight_zeros() -> None:
    code = parse_sec(f"{WHOLE[:32]}00000000")

    assert code.expires is None
    assert str(code) == f"{WHOLE[:32]}00000000"


def test_a_day_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Malformed, match=r"found the expiry 20270230 .* expected a day as YYYYMMDD"):
        parse_sec(f"{WHOLE[:32]}20270230")


@pytest.mark.parametrize("text", ["", "NL000001", WHOLE[:-1], WHOLE + "0", "1" + WHOLE[1:]])
def test_another_length_or_letter_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(Malformed, match=r"expected country \(2 letters\)"):
        parse_sec(text)
