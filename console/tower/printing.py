"""The patient-batch record as a PDF: the same facts as the page, in UTC, for a file that outlives the tower. Pure.

It is a copy for reading and no signed document: who printed it and as of when stands on every page.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import reportlab
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from console.tower import course_told
from console.tower.telling import fact, parsed, span, words

Rows = list[dict[str, Any]]
SHADE, LINE = colors.HexColor("#eef2f5"), colors.HexColor("#9aa7b2")
WIDTH = landscape(A4)[0] - 30 * mm


@cache
def _fonts() -> tuple[str, str]:
    """A font that lies beside the library and holds more than Latin letters' plain signs."""
    place = Path(reportlab.__file__).parent / "fonts"
    pdfmetrics.registerFont(TTFont("Record", str(place / "Vera.ttf")))
    pdfmetrics.registerFont(TTFont("RecordBold", str(place / "VeraBd.ttf")))
    return "Record", "RecordBold"


def printed(
    record: dict[str, Any], events: Rows, alerts: Rows, as_of: datetime, by: str, origin: str
) -> bytes:
    """The record of one course as the bytes of a PDF."""
    plain, bold = _fonts()
    body = ParagraphStyle("body", fontName=plain, fontSize=7.5, leading=9.5)
    head = ParagraphStyle("head", fontName=bold, fontSize=11, leading=15, spaceBefore=9)
    title = ParagraphStyle("title", fontName=bold, fontSize=15, leading=19)
    text = io.BytesIO()
    document = SimpleDocTemplate(
        text, pagesize=landscape(A4), leftMargin=15 * mm, rightMargin=15 * mm, topMargin=14 * mm,
        bottomMargin=16 * mm, title=f"Patient-batch record {record['coi']}", author="vein to vein",
        invariant=True,
    )  # fmt: skip
    told = f"{record['coi']} as of {_at(as_of)}, printed by {by} from {origin}"

    def foot(canvas: Any, page: Any) -> None:
        canvas.setFont(plain, 7)
        canvas.drawString(15 * mm, 9 * mm, told)
        canvas.drawRightString(landscape(A4)[0] - 15 * mm, 9 * mm, f"page {page.page}")

    story: list[Any] = [
        Paragraph(f"Patient-batch record {escape(record['coi'])}", title),
        Paragraph(escape(_summary(record)), body),
    ]
    for name, columns, widths, rows in _tables(record, events, alerts):
        story.append(Paragraph(escape(name), head))
        story.append(_table(columns, widths, rows, body) if rows else Paragraph("None.", body))
    story.append(Spacer(1, 4 * mm))
    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return text.getvalue()


def _summary(record: dict[str, Any]) -> str:
    product = record.get("product") or "product unknown"
    profile = record.get("profile") or "no profile: nothing passes"
    subject = f", patient token {record['subject']}" if record.get("subject") else ""
    return f"{product}, {words(record['phase'])}, judged by {profile}{subject}. All times are UTC."


Told = tuple[str, tuple[str, ...], tuple[float, ...], list[tuple[str, ...]]]


def _tables(record: dict[str, Any], events: Rows, alerts: Rows) -> Iterator[Told]:
    names = course_told.names_of(events)

    def rests(evidence: Iterable[str]) -> str:
        return ", ".join(f"{names.get(e, 'event')} {e[:8]}" for e in evidence)

    yield (
        "Exceptions", ("Code", "Severity", "State", "Raised", "What"), (1, 1, 1.5, 2, 8),
        [
            (a["code"], a["severity"], words(a["state"]), _at(a["raised_at"]), f"{a['title']}: {a['detail']}")
            for a in alerts
        ],
    )  # fmt: skip
    yield (
        "Planned against actual", ("Step", "Planned", "Happened", "Expected", "P90", "Latest"), (3, 2, 2, 2, 2, 2),
        [
            (fact(s["step"]), *(_at(s.get(n)) for n in ("planned_at", "happened_at", "p50_at", "p90_at", "latest_at")))
            for s in (record.get("forecast") or {}).get("steps", [])
        ],
    )  # fmt: skip
    yield (
        "Identity", ("Identifier", "Leads", "Linked by", "Named by"), (3, 1.5, 5, 4),
        [
            (
                k["identifier"], k["state"],
                "; ".join(f"{fact(e['type_name'])} by {e['system']} {e['partner']}" for e in k["linked_by"]),
                ", ".join(f"{who} ×{count}" for who, count in k["named_by"]),
            )
            for k in course_told.identity(record, events)
        ],
    )  # fmt: skip
    yield (
        "Custody", ("Shipment", "Given by", "Given", "Taken by", "Taken", "Between", "Rests on"), (2, 1.5, 2, 1.5, 2, 1.5, 4),
        [
            (
                h["shipment"], h["party"], _at(h.get("handed_over_at")), h.get("to_party") or "not stated",
                _at(h.get("accepted_at")), "not closed" if h["gap"] is None else _between(h["gap"]), rests(h["evidence"]),
            )
            for h in course_told.handovers(record)
        ],
    )  # fmt: skip
    yield (
        "Conditions", ("Leg", "Logger", "Readings", "Coldest", "Warmest", "Limits", "Outside them"), (3, 2, 1, 1, 1, 1.5, 4),
        [
            (
                leg.get("shipment") or words(leg["kind"]), leg["logger"], str(leg["readings"]), f"{leg['coldest']:g} °C",
                f"{leg['warmest']:g} °C", _limits(leg),
                "; ".join(f"{_at(e['start'])} to {_at(e['end'])}, {degrees:g} °C" for e, degrees in _outside(leg)) or "none",
            )
            for leg in record["conditions"]
        ],
    )  # fmt: skip
    yield (
        "Gates", ("Question", "Answer", "Missing", "Rests on"), (4, 1.5, 4, 5),
        [
            (g["asks"], words(g["answer"]), "; ".join(g["missing"]), rests(g["evidence"]))
            for g in course_told.gates(record)
        ],
    )  # fmt: skip
    yield (
        "Events", ("Happened", "What", "Said by", "Site", "Actor", "Things", "Event id"), (2, 2.4, 2, 1.4, 1.4, 4, 3.2),
        [
            (
                _at(e["occurred_at"]), fact(e["type_name"]) + (f" (does not count: {words(e['why'])})" if e["withheld"] else ""),
                f"{e['system']} {e['partner']}", e.get("site", ""), " ".join(filter(None, (e.get("actor"), e.get("second_actor")))),
                " ".join(f"{i['scheme']}:{i['value']}" for i in e["identifiers"]), e["event_id"],
            )
            for e in course_told.told_events(record, events)
        ],
    )  # fmt: skip


def _table(
    columns: tuple[str, ...],
    widths: tuple[float, ...],
    rows: list[tuple[str, ...]],
    style: ParagraphStyle,
) -> Table:
    cells = [[Paragraph(escape(str(cell)), style) for cell in row] for row in (columns, *rows)]
    table = Table(cells, [WIDTH * w / sum(widths) for w in widths], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, 0), SHADE),
                ("LINEBELOW", (0, 0), (-1, -1), 0.3, LINE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 1.5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            ]
        )
    )
    return table


def _between(seconds: float) -> str:
    return "taken before given" if seconds < 0 else span(seconds)


def _limits(leg: dict[str, Any]) -> str:
    limit, lower = leg.get("limit"), leg.get("lower_limit")
    if limit is None:
        return "none known"
    return f"{limit:g} °C" if lower is None else f"{lower:g} to {limit:g} °C"


def _outside(leg: dict[str, Any]) -> list[tuple[dict[str, Any], float]]:
    """Each stretch outside the limits, with the reading that is farthest outside."""
    above = [(e, e["warmest"]) for e in leg["excursions"]]
    below = [(e, e["coldest"]) for e in leg.get("excursions_below", [])]
    return sorted(above + below, key=lambda one: one[0]["start"])


def _at(told: Any) -> str:
    found = parsed(told)
    return "" if found is None else f"{found:%Y-%m-%d %H:%M:%S}Z"
