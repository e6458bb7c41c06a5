"""How the console tells when the infusion is to be expected, and which step holds a course back. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from console import showing
from schemas.record import ExpectedStep, Forecast, PatientBatchRecord

DAY_SECONDS = 86_400


def told_of_forecast(found: PatientBatchRecord) -> Iterator[str]:
    """The lines about the way to the infusion; none where nothing is forecast."""
    forecast = found.forecast
    if forecast is None:
        return
    yield "\n[bold]Way to the infusion[/bold]"
    yield f"  {_whole(forecast)}"
    yield f"  {'step':<42} {'planned':<17} {'happened':<17} {'expected':<17} {'P90':<17} slack"
    for step in forecast.steps:
        held = "  [yellow]holds the course back[/yellow]" if step.step == forecast.holding else ""
        times = (step.planned_at, step.happened_at, step.p50_at, step.p90_at)
        shown = " ".join(f"{_at(time):<17}" for time in times)
        yield f"  {showing.plain(step.step):<42} {shown} {_slack(step)}{held}"


def _whole(forecast: Forecast) -> str:
    if forecast.holding is None:
        return f"infused {_at(forecast.infusion_p50_at)}"
    harm = "no limit runs" if forecast.harm_at is None else f"first limit {_at(forecast.harm_at)}"
    return (
        f"infusion expected {_at(forecast.infusion_p50_at)} (P50), "
        f"{_at(forecast.infusion_p90_at)} (P90); {harm}"
    )


def _at(time: datetime | None) -> str:
    return "-" if time is None else f"{time:%Y-%m-%d %H:%M}Z"


def _slack(step: ExpectedStep) -> str:
    if step.latest_at is None or step.p50_at is None:
        return "-"
    return f"{(step.latest_at - step.p50_at).total_seconds() / DAY_SECONDS:+.1f} d"
