"""A fixed-width IDoc says what the same IDoc says as XML, and nothing is read from columns that only may be right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from connectors.connector import Decision, Mapped, Partner, Raw, Refused
from connectors.erp import CONNECTOR
from connectors.erp.flat import flat_idocs
from connectors.erp.idoc import Idoc, idoc, idocs
from connectors.erp.layouts import AGREED_ONLY, CARRIED, CONTROL_LENGTH, layouts
from connectors.understand import understand
from schemas.reasons import Reason
from tests.connectors.erp.fixed_width import flat
from tests.connectors.erp.partner import PARTNER
from tests.connectors.specimens import HERE, SHARED, TOKENS

SAMPLES = HERE / "erp" / "samples"

AGREED: dict[str, dict[str, list[int]]] = {
    "E1AFKOL": {
        "AUFNR": [63, 12],
        "WERKS": [75, 4],
        "GSTRS": [79, 8],
        "GSUZS": [87, 6],
        "GLTRS": [93, 8],
        "GLUZS": [101, 6],
    },
    "E1AFPOL": {"CHARG": [63, 10], "KDAUF": [73, 10]},
    "E1BATMAS": {"BATCH": [63, 10]},
    "E1EDL24": {"VGBEL": [900, 10]},
    "E1EDP19": {"IDTNR_LONG": [400, 40]},
}
"""What a partner would read off transaction WE60; the numbers of these tests are invented."""
AGREEING = replace(PARTNER, mapping={**PARTNER.mapping, "segments": AGREED})

WITHOUT_NUMBER = {
    "without_number.xml",
    "desadv01.xml",
    "old_control_record.xml",
    "no_control_record.xml",
}


def said(body: str | bytes, partner: Partner = PARTNER) -> tuple[Decision, ...]:
    raw = Raw("flat.txt", body if isinstance(body, bytes) else body.encode())
    return understand(CONNECTOR, raw, partner, TOKENS)


def refused(body: str, partner: Partner = PARTNER) -> Refused:
    (decision,) = said(body, partner)
    assert isinstance(decision, Refused), decision
    return decision


@pytest.mark.parametrize(
    "sample",
    [f for f in sorted(SAMPLES.glob("*.xml")) if f.name not in WITHOUT_NUMBER],
    ids=lambda f: f.name,
)
def test_an_idoc_says_the_same_in_fixed_width_as_in_xml(sample: Path) -> None:
    as_xml = CONNECTOR.translate(Raw("x", sample.read_bytes()), AGREEING, TOKENS, ())
    assert said(flat(sample, layouts(AGREEING)), AGREEING) == as_xml


GOODS = flat(SAMPLES / "goods_issued.xml")
LINES = GOODS.splitlines()


@pytest.mark.parametrize(
    "body",
    [
        GOODS.replace("\r\n", "\n"),
        GOODS.replace("\r\n", "\r"),
        "".join(LINES),
        "\n".join(line.rstrip() for line in LINES),
        "\ufeff" + GOODS,
        GOODS + "\x1a",
    ],
    ids=["LF", "CR", "no lines", "cut blanks", "a mark", "an end mark"],
)
def test_the_ends_of_lines_do_not_matter(body: str) -> None:
    (told,) = said(GOODS)
    assert isinstance(told, Mapped)
    assert said(body) == (told,)


def test_latin_1_and_utf_8_are_read_alike() -> None:
    body = GOODS.replace("Y0DE01", "Y0DÉ01")
    assert said(body.encode("latin-1")) == said(body.encode())


def test_where_the_numbers_are_left_out_the_level_tells_what_belongs_to_what() -> None:
    several = flat(SAMPLES / "several_idocs.xml")
    lines = [
        line if line.startswith("EDI_DC40") else f"{line[:49]}{'':12}{line[61:]}"
        for line in several.splitlines()
    ]
    assert said("\r\n".join(lines)) == said(several)


def test_a_record_that_says_neither_parent_nor_level_is_refused() -> None:
    body = "\n".join([LINES[0], f"{LINES[1][:49]}{'':14}{LINES[1][63:]}"])
    assert refused(body).reason is Reason.STANDARD_VIOLATED


@pytest.mark.parametrize(
    ("place", "put", "detail"),
    [
        (33, "0000000000799999", "another document"),
        (30, " 100", "another document"),
        (0, "lower case", "name of a segment"),
        (49, "00000x", "no numbers"),
        (55, "000099", "does not stand before it"),
    ],
)
def test_a_record_whose_columns_are_wrong_is_refused_with_its_place(
    place: int, put: str, detail: str
) -> None:
    line = LINES[3][:place] + put + LINES[3][place + len(put) :]
    if put.startswith(" "):  # everything behind is shifted
        line = LINES[3][:place] + put + LINES[3][place + len(put) - 1 :]
    found = refused("\n".join([*LINES[:3], line, *LINES[4:]]))
    assert found.reason is Reason.STANDARD_VIOLATED
    assert found.detail.startswith("record 4: ")
    assert detail in found.detail


def test_segments_that_nest_without_end_are_refused() -> None:
    lines = [f"{'E2EDL20':<30}100{'700051':>016}{n:06}{n - 1:06}02" for n in range(1, 200)]
    assert "nest deeper" in refused("\n".join([LINES[0], *lines])).detail


@pytest.mark.parametrize("name", ["batch_assigned.xml", "batch_masters.xml", "slots.xml"])
def test_a_segment_whose_columns_nobody_stated_is_never_guessed(name: str) -> None:
    for decision in said(flat(SAMPLES / name)):
        assert isinstance(decision, Refused)
        assert decision.reason is Reason.UNSUPPORTED_VERSION
        assert "WE60" in decision.detail


def test_an_older_control_record_is_refused_by_its_name() -> None:
    assert refused("EDI_DC    100" + GOODS[13:]).reason is Reason.UNSUPPORTED_VERSION


@pytest.mark.parametrize(
    "segments",
    [
        ["E1AFKOL"],
        {"E1AFKOL": [63, 12]},
        {"E1AFKOL": {"AUFNR": [62, 12]}},
        {"E1AFKOL": {"AUFNR": [63, 0]}},
        {"E1AFKOL": {"AUFNR": [1060, 12]}},
        {"E1AFKOL": {"AUFNR": "63-75"}},
    ],
)
def test_columns_that_cannot_be_are_refused_at_start(segments: object) -> None:
    assert CONNECTOR.check is not None
    with pytest.raises(ValueError, match="mapping: segments"):
        CONNECTOR.check(replace(PARTNER, mapping={"segments": segments}))


def test_no_segment_is_both_carried_and_left_to_the_partner() -> None:
    assert not AGREED_ONLY & CARRIED.keys()
    assert CONTROL_LENGTH == 524


@pytest.mark.samples
def test_the_carried_columns_hold_what_the_public_twin_in_xml_says() -> None:
    """One public IDoc came in both forms, so the columns are held against fields that SAP itself wrote."""
    if not SHARED.is_dir():
        pytest.skip("the public samples are not beside the project (../shared/samples)")
    folder = SHARED / "erp"
    (in_columns,) = flat_idocs((folder / "idoc_flat" / "flat_01.txt").read_bytes(), PARTNER)
    assert isinstance(in_columns, Idoc)
    root = ElementTree.fromstring((folder / "idoc_xml" / "ORDERS05_ORDERS_02.xml").read_bytes())
    in_xml = idoc(idocs(root)[0])
    assert in_columns.key == in_xml.key
    compared = 0
    for name, layout in CARRIED.items():
        ours, theirs = list(in_columns.body.every(name)), list(in_xml.body.every(name))
        assert len(ours) == len(theirs), name
        for one, other in zip(ours, theirs, strict=True):
            assert {f: one.get(f) for f in layout} == {f: other.get(f) for f in layout}, name
            compared += sum(bool(other.get(f)) for f in layout)
    assert compared >= 14
