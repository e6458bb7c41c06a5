"""The file of a logger says what it measured: in its unit, in its zone, and nothing that is guessed."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.connector import Decision, Ignored, Mapped, Partner, Raw, Refused
from connectors.logistics import CONNECTOR
from connectors.understand import understand
from schemas.envelope import Event, System
from schemas.reasons import Reason
from schemas.transport import ConditionFileUploaded, ConditionRead
from tests.connectors.clinic.envelopes import OpenTokens

START = datetime(2026, 1, 1, tzinfo=UTC)
PLATFORM = Partner("cold-chain", System.LOGISTICS, zone="Europe/Berlin")


def agreed(**mapping: object) -> Partner:
    return Partner("cold-chain", System.LOGISTICS, zone="Europe/Berlin", mapping=mapping)


def said(text: str | bytes, partner: Partner = PLATFORM) -> tuple[Decision, ...]:
    body = text if isinstance(text, bytes) else text.encode()
    return understand(CONNECTOR, Raw("trace.csv", body), partner, OpenTokens())


def events(text: str | bytes, partner: Partner = PLATFORM) -> tuple[Event, ...]:
    (decision,) = said(text, partner)
    assert isinstance(decision, Mapped), decision
    return decision.events


def read(text: str | bytes, partner: Partner = PLATFORM) -> ConditionRead:
    (event,) = events(text, partner)
    assert isinstance(event, ConditionRead)
    return event


def refused(text: str | bytes, partner: Partner = PLATFORM) -> Refused:
    (decision,) = said(text, partner)
    assert isinstance(decision, Refused), decision
    return decision


def file(
    *rows: str, head: str = "Time;Temperature [°C]", before: str = "Serial number;LG-1"
) -> str:
    return "\n".join((before, head, *rows)) + "\n"


ROW = "2026-03-05T12:00:00Z;-151.5"


@pytest.mark.parametrize(
    ("head", "cell", "celsius"),
    [
        ("Time;Temperature [°C]", "-151.5", -151.5),
        ("Time;Temperature (°F)", "-240.7", -151.5),
        ("Time;Temp, °C (LGR S/N: LG-1)", "-151.5", -151.5),
        ("Time;Temperature/°C", "-151,5", -151.5),
        ("Time;Temperature Celsius", "-151.5", -151.5),
        ("Time;Temperatur [K]", "121,65", -151.5),
        ("Time;Temperature", "-151.5 °C", -151.5),
        ("Time;Temperature", "\N{MINUS SIGN}151,5°C", -151.5),
        ("Time;Temperature [°C];Humidity [%]", "-151.5;12", -151.5),
    ],
)
def test_a_temperature_is_told_in_celsius_whatever_its_unit(
    head: str, cell: str, celsius: float
) -> None:
    found = read(file(f"2026-03-05T12:00:00Z;{cell}", head=head))
    assert found.readings[0].temperature == pytest.approx(celsius)
    assert [str(one) for one in found.identifiers] == ["LOGGER:LG-1"]


def test_the_unit_may_stand_once_for_the_whole_file() -> None:
    before = "Serial number;LG-1\nUnit;°F"
    assert read(file("2026-03-05T12:00:00Z;32", head="Time;Temp", before=before)).readings[
        0
    ].temperature == pytest.approx(0)


@pytest.mark.parametrize("head", ["Time;Temperature", "Time;Temp C", "Time;Temperature [bar]"])
def test_a_temperature_without_its_unit_is_set_aside(head: str) -> None:
    assert refused(file("2026-03-05T12:00:00Z;-151.5", head=head)).reason is Reason.UNIT_UNKNOWN


@pytest.mark.parametrize(
    "stated",
    [
        "2026-03-05T12:00:00Z",
        "2026-03-05 13:00:00",
        "2026/03/05 13:00:00",
        "05.03.2026 13:00:00",
        "5.3.2026 13:00",
        "05.03.26 13:00:00",
        "05-Mar-2026 13:00:00",
        "5 March 2026 1:00:00 PM",
        "2026-03-05 13:00:00,000",
        "2026-03-05T07:00:00-05:00",
    ],
)
def test_a_time_is_the_same_time_however_it_is_written(stated: str) -> None:
    assert read(file(f"{stated};-151.5")).readings[0].at.isoformat() == "2026-03-05T12:00:00+00:00"


def test_date_and_time_may_stand_in_two_columns() -> None:
    found = read(file("05.03.2026;13:00:00;-151,5", head="Datum;Uhrzeit;Temperatur [°C]"))
    assert found.readings[0].at.hour == 12


@pytest.mark.parametrize(
    ("zone", "hour"),
    [("UTC", 13), ("UTC+1", 12), ("GMT-05:00", 18), ("+0530", 7), ("America/New_York", 18)],
)
def test_the_zone_that_the_file_names_goes_before_the_partners(zone: str, hour: int) -> None:
    before = f"Serial number;LG-1\nTime zone;{zone}"
    assert read(file("2026-03-05 13:00:00;-151.5", before=before)).readings[0].at.hour == hour


@pytest.mark.parametrize("zone", ["CET", "Mars/Olympus", "UTC+25", "local"])
def test_a_zone_that_is_not_sure_sets_the_file_aside(zone: str) -> None:
    found = refused(file(ROW, before=f"Serial number;LG-1\nTime zone;{zone}"))
    assert found.reason is Reason.FIELD_INVALID
    assert "zone" in found.detail


def test_the_hour_that_the_clocks_repeat_is_told_apart_by_the_order_of_the_readings() -> None:
    stated = ("01:45", "02:15", "02:45", "02:15", "02:45", "03:15")
    found = read(file(*(f"2026-10-25 {clock}:00;-150" for clock in stated)))
    gaps = [b.at - a.at for a, b in zip(found.readings, found.readings[1:], strict=False)]
    assert {gap.total_seconds() for gap in gaps} == {1800}


def test_day_or_month_first_is_agreed_or_proven_and_never_guessed() -> None:
    row = "05/03/2026 13:00:00;-151.5"
    assert "date_order" in refused(file(row)).detail
    assert read(file(row), agreed(date_order="dmy")).readings[0].at.month == 3
    assert read(file(row), agreed(date_order="mdy")).readings[0].at.month == 5
    proven = read(file(row, "25/03/2026 13:00:00;-151.5"))
    assert [reading.at.month for reading in proven.readings] == [3, 3]
    both = file(row, "25/03/2026 13:00:00;-1", "03/25/2026 13:00:00;-1")
    assert refused(both).reason is Reason.FIELD_INVALID


def test_rows_that_cannot_be_read_are_set_aside_with_the_line_of_the_first() -> None:
    told, aside = said(file(ROW, "2026-03-05T12:15:00Z;---", ROW, "yesterday;-150", "x;1;2"))
    assert isinstance(told, Mapped)
    assert isinstance(aside, Refused)
    assert aside.detail.startswith("3 of 5 rows, the first in line 4: temperature: ")


def test_a_row_without_any_value_is_a_mark_of_the_device() -> None:
    assert len(read(file(ROW, "2026-03-05T12:10:00Z;")).readings) == 1


def test_lines_behind_the_table_are_no_readings_and_readings_behind_a_gap_are() -> None:
    found = read(file(ROW, "", "Maximum;-151.5", "2026-03-05T13:00:00Z;-150"))
    assert [reading.temperature for reading in found.readings] == [-151.5, -150]


def test_tilt_shock_lid_and_battery_are_read_too() -> None:
    head = "Time;Temperature [°C];Tilt [°];Shock [g];Lid open;Battery [%]"
    reading = read(file("2026-03-05T12:00:00Z;-151.5;12.5;1.5;yes;90", head=head)).readings[0]
    assert (reading.tilt, reading.shock, reading.lid_open, reading.battery) == (12.5, 1.5, True, 90)


def test_a_shock_without_its_unit_is_set_aside_and_the_temperature_told() -> None:
    told, aside = said(file(f"{ROW};1.5", head="Time;Temperature [°C];Shock"))
    assert isinstance(told, Mapped)
    assert isinstance(aside, Refused)
    assert aside.reason is Reason.UNIT_UNKNOWN


def test_of_two_temperatures_the_partner_says_which_one_counts() -> None:
    head = "Time;Probe A [°C];Temperature ambient [°C];Temperature inside [°C]"
    text = file("2026-03-05T12:00:00Z;1;21.5;-151.5", head=head)
    assert "2 columns of temperature" in refused(text).detail
    columns = {"Temperature ambient [°C]": "nothing"}
    assert read(text, agreed(logger_columns=columns)).readings[0].temperature == -151.5


def test_names_of_the_partners_own_are_agreed() -> None:
    text = file("2026-03-05T12:00:00Z;-151,5", head="Wann;Innen", before="Nr.;LG-1\nReise:  S-1")
    columns = {"Wann": "time", "Innen": "temperature"}
    names = {"Nr": "logger", "Reise": "shipment"}
    partner = agreed(logger_columns=columns, logger_names=names | {"Einheit": "unit"})
    found = read("Einheit;°C\n" + text, partner)
    assert [str(one) for one in found.identifiers] == ["SHIPMENT:S-1", "LOGGER:LG-1"]


def test_a_file_that_names_nothing_is_set_aside() -> None:
    assert refused(file(ROW, before="Model;X")).reason is Reason.NO_IDENTIFIER


def test_a_file_of_two_loggers_is_set_aside() -> None:
    two = "Serial number;LG-1\nSerial number;LG-2"
    assert refused(file(ROW, before=two)).reason is Reason.FIELD_INVALID


def test_a_file_that_says_when_it_stopped_is_the_whole_trace() -> None:
    text = file(
        ROW, before="Serial number;LG-1\nStop time;06.03.2026 08:00\nCalibrated until;31.12.2026"
    )
    told, whole = events(text)
    assert isinstance(whole, ConditionFileUploaded)
    assert whole.first_at == whole.last_at == told.occurred_at
    assert whole.evidence[0].sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert whole.calibrated_until is not None
    assert whole.calibrated_until.isoformat() == "2026-12-31T23:00:00+00:00"  # that day is over


def test_an_end_that_cannot_be_read_hides_no_reading() -> None:
    told, aside = said(file(ROW, before="Serial number;LG-1\nEnd;soon"))
    assert isinstance(told, Mapped)
    assert isinstance(aside, Refused)


def test_a_long_trace_is_told_in_parts_that_have_ids_of_their_own() -> None:
    rows = (
        f"2026-03-{1 + n // 1440:02d}T{n // 60 % 24:02d}:{n % 60:02d}:00Z;-15{n % 10}"
        for n in range(10_001)
    )
    first, rest = events(file(*rows))
    assert isinstance(first, ConditionRead)
    assert isinstance(rest, ConditionRead)
    assert (len(first.readings), len(rest.readings)) == (10_000, 1)
    assert first.event_id != rest.event_id


def test_the_same_bytes_say_the_same_under_another_name() -> None:
    body = file(ROW).encode()
    one, other = (
        understand(CONNECTOR, Raw(name, body), PLATFORM, OpenTokens()) for name in ("a", "b")
    )
    assert one == other


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_file_is_read_in_the_encodings_that_windows_writes(encoding: str) -> None:
    assert read(file(ROW).encode(encoding)).readings[0].temperature == -151.5


@given(
    st.lists(
        st.tuples(
            st.integers(0, 365 * 86_400 * 10**6).map(lambda n: START + timedelta(microseconds=n)),
            st.integers(-19000, 4000),
        ),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from([(";", "."), (";", ","), ("\t", ","), (",", ".")]),
)
def test_every_reading_that_was_written_is_read(
    measured: list[tuple[datetime, int]], style: tuple[str, str]
) -> None:
    separator, point = style
    rows = (
        f"{at.isoformat(timespec='microseconds')}{separator}{f'{value / 100:.2f}'.replace('.', point)}"
        for at, value in measured
    )
    head = separator.join(("Timestamp", "Temperature [°C]"))
    text = file(*rows, head=head, before=separator.join(("Serial number", "LG-1")))
    found = [(r.at, r.temperature) for r in read(text).readings]
    assert found == [(at, value / 100) for at, value in measured]


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "Time;Place\n2026-03-05;X",
        "Serial number;LG-1\nTemperature [°C]\n-151",
        "ni:///sha-256;abc?ver=CBV2.0",
    ],
)
def test_another_text_is_no_logger_file(text: str) -> None:
    assert refused(text).reason is Reason.UNKNOWN_FORMAT


def test_a_table_without_rows_says_nothing() -> None:
    assert said(file()) == (Ignored("logger file: no reading"),)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 120_000 + ";Temperature [°C]\n",
        ";" * 2_000_000,
        "\n" * 2_000_000,
        file(*["x"] * 90_000),
        file(*[";" * 20] * 90_000),
        '"' + "x" * 1_000_000,
        " " * 120_000 + "x;Time;Temperature [°C]\n",
    ],
    ids=["brackets", "cells", "lines", "bad rows", "blank rows", "an open quote", "blanks"],
)
def test_a_hostile_text_is_decided_in_no_time(text: str) -> None:
    began = time.process_time()
    said(text)
    assert time.process_time() - began < 10
