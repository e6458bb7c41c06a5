"""Drawings of a therapy course as SVG, made here: the timeline, who held a shipment, what loggers read. Pure.

No drawing says anything that the table beside it does not; colours come from the style sheet by class.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from console.tower.telling import fact, parsed, span

WIDTH, LABEL, ROW, HEAD = 1000, 230, 24, 26
LEAST = 3.0
"""The narrowest that a stretch of time is drawn, so that a gap of a minute is seen within weeks."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a time lies on the page."""

    begin: datetime
    end: datetime

    @classmethod
    def over(cls, times: Iterable[datetime | None]) -> Scale | None:
        """The scale that holds all these times, with a little room; none where there are none."""
        found = [time for time in times if time is not None]
        if not found:
            return None
        begin, end = min(found), max(found)
        room = max((end - begin) * 0.02, timedelta(minutes=1))
        return cls(begin - room, end + room)

    def x(self, time: datetime) -> float:
        """The place of a time, held within the drawing."""
        share = (time - self.begin) / (self.end - self.begin)
        return round(LABEL + min(1.0, max(0.0, share)) * (WIDTH - LABEL - 10), 1)

    def marks(self) -> Iterator[tuple[float, str]]:
        """About eight places with their times."""
        whole = self.end - self.begin
        days = max(1, round(whole.days / 8))
        step = timedelta(days=days) if whole > timedelta(days=3) else whole / 6
        time = self.begin + step / 2
        while time < self.end:
            told = f"{time:%d %b}" if whole > timedelta(days=3) else f"{time:%d %b %H:%M}"
            yield self.x(time), told
            time += step


def timeline(forecast: dict[str, Any], now: datetime) -> Markup:
    """Each step as planned, as it happened or is expected, and until when it may; now and the first limit as lines."""
    steps = forecast.get("steps", [])
    names = ("planned_at", "happened_at", "p50_at", "p90_at")
    harm = parsed(forecast.get("harm_at"))
    times = [parsed(step.get(name)) for step in steps for name in names]
    scale = Scale.over([*times, now if _near(now, times) else None])
    if scale is None:
        return Markup("")
    height = HEAD + ROW * len(steps) + 8
    parts = [*_head(scale, height)]
    for place, step in enumerate(steps):
        parts += _step(scale, step, HEAD + ROW * place, step["step"] == forecast.get("holding"))
    for time, style, told in ((now, "now", "now"), (harm, "harm", "first limit")):
        if time is not None and scale.begin <= time <= scale.end:
            parts.append(_line(scale.x(time), height, style, told))
    return _svg(height, "Timeline: planned against actual, step by step", parts)


def _near(now: datetime, times: list[datetime | None]) -> bool:
    """Whether now belongs into the drawing; a course that ended long ago would be a dot beside it."""
    found = [time for time in times if time is not None]
    if not found:
        return False
    room = max(found) - min(found)
    return min(found) - room <= now <= max(found) + room


def _step(scale: Scale, step: dict[str, Any], y: float, holding: bool) -> Iterator[Markup]:
    middle = y + ROW / 2
    style = "holding" if holding else "step"
    yield Markup('<text x="{}" y="{}" class="label {}" text-anchor="end">{}</text>').format(
        LABEL - 12, middle + 4, style, ("▶ " if holding else "") + fact(step["step"])
    )
    planned, happened = parsed(step.get("planned_at")), parsed(step.get("happened_at"))
    p50, p90 = parsed(step.get("p50_at")), parsed(step.get("p90_at"))
    latest = parsed(step.get("latest_at"))
    if planned is not None and (happened or p50) is not None:
        to = happened or p50
        assert to is not None
        late = "late" if to > planned else "early"
        a, b = sorted((scale.x(planned), scale.x(to)))
        yield Markup('<line x1="{}" x2="{}" y1="{}" y2="{}" class="moved {}"/>').format(
            a, b, middle, middle, late
        )
    if planned is not None:
        yield _mark(
            "M {x} {t} l 5 6 l -5 6 l -5 -6 z", scale, planned, middle, "planned", "planned"
        )
    if p50 is not None:
        begin, end = scale.x(p50), scale.x(p90 or p50)
        yield Markup(
            '<rect x="{}" y="{}" width="{}" height="10" rx="3" class="expected"><title>{}</title></rect>'
        ).format(begin, middle - 5, max(LEAST, end - begin), f"expected {_at(p50)} to {_at(p90)}")
    if latest is not None and happened is None and scale.begin <= latest <= scale.end:
        yield Markup(
            '<line x1="{0}" x2="{0}" y1="{1}" y2="{2}" class="latest"><title>{3}</title></line>'
        ).format(scale.x(latest), middle - 8, middle + 8, f"latest {_at(latest)}")
    if happened is not None:
        yield Markup(
            '<circle cx="{}" cy="{}" r="5" class="happened"><title>{}</title></circle>'
        ).format(scale.x(happened), middle, f"happened {_at(happened)}")


def _mark(path: str, scale: Scale, time: datetime, middle: float, style: str, told: str) -> Markup:
    drawn = path.format(x=scale.x(time), t=middle - 6)
    return Markup('<path d="{}" class="{}"><title>{}</title></path>').format(
        drawn, style, f"{told} {_at(time)}"
    )


def custody(handovers: list[dict[str, Any]]) -> Markup:
    """Who held each shipment, by its own time: a bar for each holder, and between them the gaps as gaps."""
    shipments = dict.fromkeys(h["shipment"] for h in handovers)
    drawn = (_custody(name, [h for h in handovers if h["shipment"] == name]) for name in shipments)
    return Markup("").join(drawn)


def _custody(shipment: str, handovers: list[dict[str, Any]]) -> Markup:
    times = [parsed(h.get(n)) for h in handovers for n in ("handed_over_at", "accepted_at")]
    scale = Scale.over(times)
    if scale is None:
        return Markup("")
    height = HEAD + ROW + 12
    parts = [*_head(scale, height), *_lane(scale, shipment, handovers, HEAD)]
    return _svg(height, f"Custody: who held {shipment}, with the gaps between", parts)


def _lane(
    scale: Scale, shipment: str, handovers: list[dict[str, Any]], y: float
) -> Iterator[Markup]:
    yield Markup('<text x="{}" y="{}" class="label" text-anchor="end">{}</text>').format(
        LABEL - 12, y + ROW / 2 + 4, shipment
    )
    for taken, given in pairwise(handovers):
        begin = parsed(taken.get("accepted_at")) or parsed(taken.get("handed_over_at"))
        end = parsed(given.get("handed_over_at")) or parsed(given.get("accepted_at"))
        if begin is not None and end is not None:
            yield _bar(scale, begin, end, y, "held", str(given["party"]))
    for handover in handovers:
        gave, took = parsed(handover.get("handed_over_at")), parsed(handover.get("accepted_at"))
        told = f"{handover['party']} to {handover.get('to_party') or 'nobody who said so'}"
        if gave is not None and took is not None:
            gap = f"{told}: {span(abs((took - gave).total_seconds()))} between giving and taking"
            yield _bar(scale, min(gave, took), max(gave, took), y, "gap", "", gap)
        elif (one := gave or took) is not None:
            missing = "taking is not stated" if took is None else "giving is not stated"
            yield _bar(scale, one, one, y, "gap unstated", "", f"{told}: {missing}")


def _bar(
    scale: Scale, begin: datetime, end: datetime, y: float, style: str, name: str, told: str = ""
) -> Markup:
    a, b = scale.x(begin), scale.x(end)
    width = max(LEAST, b - a)
    label = Markup("")
    if name and width > 7 * len(name):
        label = Markup('<text x="{}" y="{}" class="inside">{}</text>').format(
            a + 5, y + ROW / 2 + 4, name
        )
    title = told or f"{name}: {_at(begin)} to {_at(end)}"
    return Markup(
        '<g><rect x="{}" y="{}" width="{}" height="{}" class="{}"><title>{}</title></rect>{}</g>'
    ).format(a, y + 2, width, ROW - 4, style, title, label)


def temperature(leg: dict[str, Any]) -> Markup:
    """What the logger of one leg read: from coldest to warmest, the limits, and each stretch outside them."""
    begin, end = parsed(leg["first_at"]), parsed(leg["last_at"])
    scale = Scale.over((begin, end))
    if scale is None or begin is None or end is None:
        return Markup("")
    height, top, bottom = 150, 20, 120
    limit, lower = leg.get("limit"), leg.get("lower_limit")
    low = min(x for x in (leg["coldest"], limit, lower) if x is not None)
    high = max(x for x in (leg["warmest"], limit, lower) if x is not None)
    room = max((high - low) * 0.15, 0.5)

    def y(celsius: float) -> float:
        share = (celsius - low + room) / (high - low + 2 * room)
        return float(round(bottom - share * (bottom - top), 1))

    parts = [*_head(scale, height)]
    warm, cold = y(leg["warmest"]), y(leg["coldest"])
    parts.append(
        Markup('<rect x="{}" y="{}" width="{}" height="{}" class="read"><title>{}</title></rect>').format(
            scale.x(begin), warm, max(LEAST, scale.x(end) - scale.x(begin)), max(2.0, cold - warm),
            f"{leg['readings']} readings from {leg['coldest']:g} to {leg['warmest']:g} °C",
        )
    )  # fmt: skip
    for told, celsius in (("warmest", leg["warmest"]), ("coldest", leg["coldest"])):
        parts.append(_degrees(y(celsius), told, celsius, "label"))
    for told, edge, side, stretches in (
        ("above the limit, warmest", limit, "warmest", leg.get("excursions", [])),
        ("below the limit, coldest", lower, "coldest", leg.get("excursions_below", [])),
    ):
        if edge is None:
            continue
        for stretch in stretches:
            ends = sorted((y(stretch[side]), y(edge)))
            parts.append(_excursion(scale, stretch, f"{told} {stretch[side]:g} °C", *ends))
    warmest_at = parsed(leg.get("warmest_at"))
    if warmest_at is not None:
        parts.append(
            Markup(
                '<circle cx="{}" cy="{}" r="4" class="warmest"><title>{}</title></circle>'
            ).format(scale.x(warmest_at), warm, f"{leg['warmest']:g} °C at {_at(warmest_at)}")
        )
    for told, celsius in (("limit", limit), ("not below", lower)):
        if celsius is None:
            continue
        parts.append(
            Markup('<line x1="{}" x2="{}" y1="{}" y2="{}" class="limit"/>').format(
                LABEL, WIDTH - 10, y(celsius), y(celsius)
            )
        )
        parts.append(_degrees(y(celsius), told, celsius, "label limit-label"))
    return _svg(height, f"Temperature on {leg.get('shipment') or leg['logger']}", parts)


def _excursion(
    scale: Scale, excursion: dict[str, Any], told: str, top: float, bottom: float
) -> Markup:
    begin, end = parsed(excursion["start"]), parsed(excursion["end"])
    assert begin is not None
    assert end is not None
    return Markup(
        '<rect x="{}" y="{}" width="{}" height="{}" class="excursion"><title>{}</title></rect>'
    ).format(
        scale.x(begin),
        top,
        max(LEAST, scale.x(end) - scale.x(begin)),
        max(2.0, bottom - top),
        f"{told}, {_at(begin)} to {_at(end)}",
    )


def _degrees(y: float, told: str, celsius: float, style: str) -> Markup:
    return Markup('<text x="{}" y="{}" class="{}" text-anchor="end">{}</text>').format(
        LABEL - 12, y + 4, style, f"{told} {celsius:g} °C"
    )


def _head(scale: Scale, height: float) -> Iterator[Markup]:
    for x, told in scale.marks():
        yield Markup('<line x1="{0}" x2="{0}" y1="18" y2="{1}" class="grid"/>').format(x, height)
        yield Markup('<text x="{}" y="13" class="tick" text-anchor="middle">{}</text>').format(
            x, told
        )


def _line(x: float, height: float, style: str, told: str) -> Markup:
    return Markup(
        '<g class="{0}"><line x1="{1}" x2="{1}" y1="18" y2="{2}"/>'
        '<text x="{3}" y="{4}">{5}</text></g>'
    ).format(style, x, height, x + 4, height - 4, told)


def _svg(height: float, title: str, parts: list[Markup]) -> Markup:
    return Markup(
        '<svg class="drawing" role="img" aria-label="{0}" viewBox="0 0 {1} {2}" '
        'preserveAspectRatio="xMinYMin meet">{3}</svg>'
    ).format(title, WIDTH, height, Markup("").join(parts))


def _at(time: datetime | None) -> str:
    return "not known" if time is None else f"{time:%Y-%m-%d %H:%M:%S} UTC"
