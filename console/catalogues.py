"""The catalogues as rows, for the command line and for the generated parts of the README. Pure."""

from __future__ import annotations

from collections.abc import Callable

from connectors import CONNECTORS, load
from console.settings import DEFAULT_PARTNERS, SETTINGS
from console.topics import wanted
from schemas.authority import AUTHORITY
from schemas.catalogue import EVENTS
from schemas.exceptions import EXCEPTIONS
from schemas.profiles import shipped
from schemas.reasons import REMEDIES
from streams.detectors import DETECTORS

Rows = list[dict[str, object]]


def sentence(text: str | None) -> str:
    """The first sentence of a docstring."""
    return (text or "").strip().partition("\n")[0]


def events() -> Rows:
    """Every event type."""
    return [
        {
            "number": event.number,
            "type": event.type_name(),
            "says": sentence(event.__doc__),
            "owners": ", ".join(
                sorted(s for (name, s), right in AUTHORITY.items() if name == event.type_name() and right == "owner")
            )
            if not event.type_name().startswith("platform.")
            else "every connector",
            "links": "; ".join(f"{a} to {' or '.join(b)}" for a, b in event.links),
        }
        for event in EVENTS
    ]


def exceptions() -> Rows:
    """Every exception that is looked for."""
    asked = {detector.code: detector.what for detector in DETECTORS}
    asked["ID-04"] = "An admitted event leads to no course after its grace time."
    return [
        {
            "code": kind.code,
            "hazard": kind.hazard.value,
            "severity": kind.severity.value,
            "owner": kind.owner,
            "title": kind.title,
            "detected": kind.code in asked,
            "reason": asked.get(kind.code, "no detector yet"),
            "evidence": kind.evidence,
            "ends": kind.ends.value,
        }
        for kind in EXCEPTIONS
    ]


def topics() -> Rows:
    """Every topic of a deployment with the demo's partners."""
    return [
        {
            "topic": topic.name,
            "key": topic.key,
            "carries": topic.carries,
            "compacted": topic.compacted,
            "internal": topic.internal,
        }
        for topic in wanted(DEFAULT_PARTNERS)
    ]


def authority() -> Rows:
    """Every cell of the authority matrix."""
    return [
        {"type": name, "system": system.value, "may": right.value}
        for (name, system), right in AUTHORITY.items()
    ]


def profiles() -> Rows:
    """Every therapy profile."""
    return [
        {
            "profile": profile.label,
            "title": profile.title,
            "products": ", ".join(profile.products),
            "material": profile.material.value,
            "storage": f"{profile.storage.celsius:g} degrees Celsius ({profile.storage.status.value})",
            "clocks": "; ".join(
                f"{c.start.value} to {c.stop.value} {c.minutes:g} min per {c.per.value} ({c.status.value})"
                for c in profile.clocks
            ),
        }
        for profile in shipped()
    ]


def connectors() -> Rows:
    """Every connector."""
    return [{"system": name, "format": load(name).format} for name in CONNECTORS]


def reasons() -> Rows:
    """Every reason for which a message is set aside."""
    return [{"reason": reason.value, "remedy": remedy} for reason, remedy in REMEDIES.items()]


def settings() -> Rows:
    """Every setting of the console and the worker."""
    return [
        {"setting": name, "default": default, "meaning": meaning}
        for name, default, meaning in SETTINGS
    ]


CATALOGUES: dict[str, Callable[[], Rows]] = {
    "events": events,
    "exceptions": exceptions,
    "topics": topics,
    "authority": authority,
    "profiles": profiles,
    "connectors": connectors,
    "reasons": reasons,
    "settings": settings,
}
