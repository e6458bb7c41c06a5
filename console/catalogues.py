"""The catalogues as rows, for the command line and for the generated parts of the README. Pure."""

from __future__ import annotations

from collections.abc import Callable

from pydantic.fields import FieldInfo

from connectors import CONNECTORS, load
from connectors.settings import KAFKA, ConnectorSettings, variable_of
from console.settings import DEFAULT_PARTNERS, SETTINGS
from console.topics import TABLES, changelogs, wanted
from schemas.authority import AUTHORITY, Authority
from schemas.catalogue import EVENTS
from schemas.envelope import Event
from schemas.exceptions import EXCEPTIONS, HAZARD_OF
from schemas.exceptions.undetected import UNDETECTED
from schemas.platform import MessageSetAside, PartnerHeartbeat
from schemas.profile import Sourced, Status, TherapyProfile
from schemas.profiles import shipped
from schemas.reasons import REMEDIES
from schemas.topics import DAY_MS, FOREVER, HAZARDS, TOPICS, Topic, alerts, catalogue
from streams.detectors import DETECTORS
from streams.gates import QUESTIONS
from streams.identity.asked import ASKED_OF_THINGS

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
            "owners": ", ".join(sorted(_owners(event))),
            "links": "; ".join(f"{a} to {' or '.join(b)}" for a, b in event.links),
        }
        for event in EVENTS
    ]


def _owners(event: type[Event]) -> set[str]:
    if event in (PartnerHeartbeat, MessageSetAside):
        return {"every connector"}
    name = event.type_name()
    return {
        system.value
        for (type_name, system), right in AUTHORITY.items()
        if type_name == name and right is Authority.OWNER
    }


def exceptions() -> Rows:
    """Every exception of the taxonomy, those included that nothing looks for yet."""
    asked = {detector.code: detector.what for detector in DETECTORS}
    asked |= {code: sentence(text) for code, text in ASKED_OF_THINGS.items()}
    rows: Rows = [
        {
            "code": kind.code,
            "hazard": kind.hazard.value,
            "severity": kind.severity.value,
            "owner": kind.owner,
            "title": kind.title,
            "detected": kind.code in asked,
            "reason": asked.get(kind.code, "Its detector is missing."),
            "evidence": kind.evidence,
            "ends": kind.ends.value,
        }
        for kind in EXCEPTIONS
    ]
    rows += [
        {
            "code": left.code,
            "hazard": left.hazard.value,
            "severity": left.severity.value,
            "owner": left.owner,
            "title": left.title,
            "detected": False,
            "reason": left.reason,
            "evidence": None,
            "ends": None,
        }
        for left in UNDETECTED
    ]
    return sorted(rows, key=_in_taxonomy)


def _in_taxonomy(row: dict[str, object]) -> tuple[int, str]:
    code = str(row["code"])
    return list(HAZARD_OF).index(code[:2]), code


def topics() -> Rows:
    """Every topic of a deployment with the demo's partners."""
    return [
        {
            "topic": topic.name,
            "key": topic.key,
            "carries": topic.carries,
            "kept": _kept(topic),
            "compacted": topic.compacted,
            "internal": topic.internal,
        }
        for topic in wanted(DEFAULT_PARTNERS)
    ]


def topic_forms() -> Rows:
    """Every topic once, whichever partners, hazards and tables there are."""
    inbound = catalogue([("<system>", "<partner>")])[0]
    alert = alerts(HAZARDS[0])
    found = []
    for topic in (inbound, *TOPICS, *changelogs()):
        if topic.name.startswith("v2v.alerts."):
            if topic.name != alert:
                continue
            name, carries = "v2v.alerts.<hazard>", f"alerts: {', '.join(h.value for h in HAZARDS)}"
        elif topic in changelogs():
            if topic != changelogs()[0]:
                continue
            name, carries = "v2v-<table>-changelog", f"the worker's tables: {', '.join(TABLES)}"
        else:
            name, carries = topic.name, topic.carries
        found.append(
            {
                "topic": f"`{name}`",
                "key": topic.key,
                "carries": carries + (" (internal)" if topic.internal else ""),
                "compacted": topic.compacted,
                "kept": _kept(topic),
            }
        )
    return found


def _kept(topic: Topic) -> str:
    if topic.compacted:
        return "the last of each key"
    if topic.retention_ms == FOREVER:
        return "for ever"
    return f"{topic.retention_ms // DAY_MS} day(s)"


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
            "numbers": len(_numbers(profile)),
            "assumed": sum(n.status is Status.ASSUMPTION for n in _numbers(profile)),
        }
        for profile in shipped()
    ]


def _numbers(profile: TherapyProfile) -> list[Sourced]:
    """Every number of a profile that names its source."""
    single = (getattr(profile, name) for name in type(profile).model_fields)
    return [
        *(value for value in single if isinstance(value, Sourced)),
        *profile.clocks,
        *profile.milestones,
        *profile.path,
        *profile.escalation,
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


def connector_settings() -> Rows:
    """Every setting of a connector; the environment has it under the name given here."""
    return [
        {
            "setting": variable_of("<system>", name) if name != "kafka" else KAFKA,
            "default": _default(name, field),
            "meaning": (field.description or "").replace("\n", " "),
        }
        for name, field in ConnectorSettings.model_fields.items()
        if name not in ("system", "brokers")
    ]


def _default(name: str, field: FieldInfo) -> str:
    if name == "outbox":
        return ".v2v/connect/<system>-<partner>.outbox"
    if field.is_required():
        return "must be set"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value in (None, {}) else str(getattr(value, "value", value))


def gates() -> Rows:
    """Every gate: what is asked, by whom, and which events can satisfy it."""
    return [
        {
            "gate": question.gate.value,
            "asks": question.asks,
            "asked_by": question.asked_by,
            "satisfied_by": ", ".join(
                dict.fromkeys(k.type_name() for c in question.conditions for k in c.satisfied_by)
            ),
            "why": question.why,
            "source": question.source,
        }
        for question in QUESTIONS
    ]


def verbs() -> Rows:
    """Every verb of the command, with the first sentence of its help; those of one noun together."""
    from console.v2v import command

    found: Rows = []
    for name, verb in command().commands.items():
        inside = getattr(verb, "commands", None)
        full = f"v2v {name} {'|'.join(inside)}" if inside else f"v2v {name}"
        found.append({"verb": full, "does": sentence(verb.help)})
    return found


CATALOGUES: dict[str, Callable[[], Rows]] = {
    "events": events,
    "exceptions": exceptions,
    "gates": gates,
    "topics": topics,
    "authority": authority,
    "profiles": profiles,
    "connectors": connectors,
    "reasons": reasons,
    "settings": settings,
    "connector-settings": connector_settings,
    "verbs": verbs,
}
