"""Times are as exact as the partner was, in UTC, and never invented."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.connector import CannotUnderstand
from connectors.times import (
    When,
    parse_epoch,
    parse_fhir,
    parse_hl7,
    parse_offset,
    parse_rfc3339,
    parse_sap,
    parse_xsd,
)
from schemas.envelope import Precision
from schemas.reasons import Reason

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
INSTANT, MINUTE, DAY = Precision.INSTANT, Precision.MINUTE, Precision.DAY


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T10:00:00+01:00", When(at("2026-03-01T09:00:00+00:00"), 60, INSTANT)),
        ("2026-03-01T10:00:00Z", When(at("2026-03-01T10:00:00+00:00"), 0, INSTANT)),
        ("2026-03-01t10:00:00z", When(at("2026-03-01T10:00:00+00:00"), 0, INSTANT)),
        (
            "2026-03-01T10:00:00.123456789Z",
            When(at("2026-03-01T10:00:00.123456+00:00"), 0, INSTANT),
        ),
        ("2026-03-01T10:00:00-05:30", When(at("2026-03-01T15:30:00+00:00"), -330, INSTANT)),
        ("2026-03-01T10:00:00-00:00", When(at("2026-03-01T10:00:00+00:00"), None, INSTANT)),
        ("2026-03-01T10:00:00", When(at("2026-03-01T09:00:00+00:00"), None, INSTANT)),
        ("2026-07-01T10:00:00", When(at("2026-07-01T08:00:00+00:00"), None, INSTANT)),
        ("2026-03-01T10:00+01:00", When(at("2026-03-01T09:00:00+00:00"), 60, MINUTE)),
        ("2026-03-01", When(at("2026-02-28T23:00:00+00:00"), None, DAY)),
        ("2024-02-29", When(at("2024-02-28T23:00:00+00:00"), None, DAY)),
        ("2026-03-01Z", When(at("2026-03-01T00:00:00+00:00"), 0, DAY)),
        ("2026-03-01T24:00:00Z", When(at("2026-03-02T00:00:00+00:00"), 0, INSTANT)),
        ("2016-12-31T23:59:60Z", When(at("2016-12-31T23:59:59.999999+00:00"), 0, INSTANT)),
        ("2017-01-01T00:59:60+01:00", When(at("2016-12-31T23:59:59.999999+00:00"), 60, INSTANT)),
    ],
)
def test_a_time_in_iso_form(text: str, expected: When) -> None:
    assert parse_fhir(text, BERLIN) == expected
    assert parse_xsd(f" {text}\n", BERLIN) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-03",
        "2026-02-30",
        "2025-02-29",
        "2026-13-01",
        "2026-03-01T25:00:00Z",
        "2026-03-01T24:00:01Z",
        "2026-03-01T10:60:00Z",
        "2026-03-01T12:00:60Z",
        "10:00:00",
        "today",
        "2026-03-01T10:00:00+25:00",
        "0000-01-01",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-03-01T10:00:00+01:0",
        "２０２６-03-01",
        "2026-03-01T10:00:00 Europe/Berlin",
    ],
)
def test_no_time_at_all_is_refused_with_the_field(text: str) -> None:
    with pytest.raises(CannotUnderstand, match=r"^performed: ") as refused:
        parse_fhir(text, BERLIN, "performed")
    assert refused.value.reason is Reason.FIELD_INVALID


def test_an_hour_that_happens_twice_is_taken_as_the_earlier_one() -> None:
    assert parse_fhir("2026-10-25T02:30:00", BERLIN).instant == at("2026-10-25T00:30:00+00:00")
    assert parse_fhir("2026-11-01T01:30:00", NEW_YORK).instant == at("2026-11-01T05:30:00+00:00")


def test_an_hour_that_happens_twice_is_exact_where_the_offset_is_given() -> None:
    assert parse_fhir("2026-10-25T02:30:00+01:00", BERLIN).instant == at(
        "2026-10-25T01:30:00+00:00"
    )


@pytest.mark.parametrize(
    ("text", "zone"), [("2026-03-29T02:30:00", BERLIN), ("2026-03-08T02:00:00", NEW_YORK)]
)
def test_an_hour_that_never_happens_is_refused_because_the_zone_is_wrong(
    text: str, zone: ZoneInfo
) -> None:
    with pytest.raises(CannotUnderstand, match="is that the right zone"):
        parse_fhir(text, zone)


def test_a_day_that_begins_without_midnight_is_a_day_all_the_same() -> None:
    # in Cairo the clocks go forward at midnight, so that the day begins at one
    when = parse_fhir("2026-04-24", ZoneInfo("Africa/Cairo"))
    assert when.precision is DAY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20260301100000+0100", When(at("2026-03-01T09:00:00+00:00"), 60, INSTANT)),
        ("20260301100000.1234", When(at("2026-03-01T09:00:00.123400+00:00"), None, INSTANT)),
        ("202603011000", When(at("2026-03-01T09:00:00+00:00"), None, MINUTE)),
        ("202603011000-0500", When(at("2026-03-01T15:00:00+00:00"), -300, MINUTE)),
        ("2026030110", When(at("2026-02-28T23:00:00+00:00"), None, DAY)),
        ("20260301", When(at("2026-02-28T23:00:00+00:00"), None, DAY)),
    ],
)
def test_an_hl7_time_is_as_exact_as_its_digits(text: str, expected: When) -> None:
    assert parse_hl7(text, BERLIN) == expected


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        # clocks go back: twice half past two, half past one, and a quarter to two
        ("20261025023000", "Europe/Berlin", "2026-10-25T00:30:00+00:00"),
        ("20261101013000", "America/New_York", "2026-11-01T05:30:00+00:00"),
        ("20260405014500", "Australia/Lord_Howe", "2026-04-04T14:45:00+00:00"),
        # the first minute after clocks have gone forward, and the last one before
        ("20260329030000", "Europe/Berlin", "2026-03-29T01:00:00+00:00"),
        ("20260329015959", "Europe/Berlin", "2026-03-29T00:59:59+00:00"),
        # the southern half of the world, and zones off the hour
        ("20260701120000", "Australia/Sydney", "2026-07-01T02:00:00+00:00"),
        ("20260101120000", "Australia/Sydney", "2026-01-01T01:00:00+00:00"),
        ("20260301120000", "Asia/Kathmandu", "2026-03-01T06:15:00+00:00"),
        # a leap day, the end of a day, and a leap second
        ("20280229120000", "UTC", "2028-02-29T12:00:00+00:00"),
        ("20280229240000", "UTC", "2028-03-01T00:00:00+00:00"),
        ("20261231240000", "UTC", "2027-01-01T00:00:00+00:00"),
        ("20170101005960+0100", "UTC", "2016-12-31T23:59:59.999999+00:00"),
    ],
)
def test_a_local_hl7_time_is_in_the_partners_zone(text: str, zone: str, expected: str) -> None:
    assert parse_hl7(text, ZoneInfo(zone)).instant == at(expected)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("20260329020000", "Europe/Berlin"),
        ("20260329025959", "Europe/Berlin"),
        ("20260308023000", "America/New_York"),
        ("20261004021500", "Australia/Lord_Howe"),
        ("20270229120000", "UTC"),
        ("21000229120000", "UTC"),
        ("20260301120060", "UTC"),
        ("20260301240001", "UTC"),
    ],
)
def test_a_local_hl7_time_that_never_is_is_refused(text: str, zone: str) -> None:
    with pytest.raises(CannotUnderstand):
        parse_hl7(text, ZoneInfo(zone))


def test_a_day_is_the_partners_day_whatever_the_clocks_do_on_it() -> None:
    for day, start in (("20260329", "2026-03-28T23"), ("20261025", "2026-10-24T22")):
        when = parse_hl7(day, BERLIN)
        assert (when.precision, when.offset_minutes) == (DAY, None)
        assert when.instant == at(f"{start}:00:00+00:00")


def test_an_offset_that_is_given_counts_more_than_the_zone() -> None:
    assert parse_hl7("20260329023000+0100", BERLIN).instant == at("2026-03-29T01:30:00+00:00")
    assert parse_hl7("20261025023000+0100", BERLIN).instant == at("2026-10-25T01:30:00+00:00")


@pytest.mark.parametrize("text", ["", '""', "2026", "202603", "2026030", "20260301100", "20261301"])
def test_an_hl7_time_without_a_day_is_refused(text: str) -> None:
    with pytest.raises(CannotUnderstand):
        parse_hl7(text, BERLIN)


def test_a_sap_date_and_time_are_in_the_partners_zone() -> None:
    expected = When(at("2026-03-01T09:15:30+00:00"), None, INSTANT)
    assert parse_sap("20260301", "101530", BERLIN) == expected


@pytest.mark.parametrize("empty", ["", "  ", "000000", " 000000 "])
def test_a_sap_time_that_nobody_entered_leaves_the_day(empty: str) -> None:
    expected = When(at("2026-02-28T23:00:00+00:00"), None, DAY)
    assert parse_sap(" 20260301 ", empty, BERLIN) == expected


def test_a_sap_date_of_zeros_is_no_date() -> None:
    assert parse_sap("00000000", "101530", BERLIN) is None
    assert parse_sap(" ", "", BERLIN) is None


def test_a_sap_day_may_end_at_240000() -> None:
    when = parse_sap("20260301", "240000", BERLIN)
    assert when is not None
    assert when.instant == at("2026-03-01T23:00:00+00:00")


@pytest.mark.parametrize(
    ("date", "time"), [("2026030", ""), ("20260230", ""), ("20260301", "1015")]
)
def test_a_sap_date_that_is_none_is_refused(date: str, time: str) -> None:
    with pytest.raises(CannotUnderstand):
        parse_sap(date, time, BERLIN)


def test_an_rfc3339_time_must_say_its_zone_and_seconds() -> None:
    assert parse_rfc3339("2026-03-01T10:00:00Z").instant == at("2026-03-01T10:00:00+00:00")
    for text in ("2026-03-01T10:00:00", "2026-03-01", "2026-03-01T10:00Z"):
        with pytest.raises(CannotUnderstand):
            parse_rfc3339(text)


def test_milliseconds_since_1970() -> None:
    assert parse_epoch(1_772_359_200_123).instant == at("2026-03-01T10:00:00.123+00:00")
    assert parse_epoch("1772359200123") == parse_epoch(1_772_359_200_123)
    for wrong in (True, 1.5, "1e9", None, 10**18, "９９"):
        with pytest.raises(CannotUnderstand):
            parse_epoch(wrong)


def test_offsets() -> None:
    assert [parse_offset(text) for text in ("Z", "+01:00", "-0530", "+00:00")] == [0, 60, -330, 0]
    for wrong in ("", "1", "+1:00", "+19:00", "+01:75"):
        with pytest.raises(CannotUnderstand):
            parse_offset(wrong)


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - the zone is drawn beside it
    st.integers(-18 * 60, 18 * 60),
)
def test_what_is_written_with_an_offset_is_read_exactly(moment: datetime, offset: int) -> None:
    sign, (hours, minutes) = "-" if offset < 0 else "+", divmod(abs(offset), 60)
    text = f"{moment.isoformat(timespec='microseconds')}{sign}{hours:02d}:{minutes:02d}"
    expected = moment.replace(tzinfo=UTC) - timedelta(minutes=offset)
    assert parse_rfc3339(text).instant == expected


@given(st.text(max_size=30))
def test_no_text_breaks_a_parser(text: str) -> None:
    for parse in (parse_fhir, parse_hl7, parse_xsd):
        with suppress(CannotUnderstand):
            assert parse(text, BERLIN).instant.tzinfo is UTC
