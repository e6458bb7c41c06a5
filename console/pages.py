"""The pages of `docs/` that follow from the catalogues: exceptions, events, profiles, gates, connecting.

Pure: the text of each page, by file name; `console.documents` writes and compares them.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator

from console import catalogues
from console.connecting_page import connecting
from console.event_pages import event_pages, kind_of
from console.tower.page_about import about
from schemas.alert import Hazard
from schemas.catalogue import EVENTS
from schemas.envelope import Event
from schemas.exceptions import EXCEPTIONS, Ends, ExceptionKind
from schemas.exceptions.undetected import UNDETECTED
from schemas.profile import Sourced, TherapyProfile
from schemas.profiles import shipped
from schemas.shape import (
    Part,
    parts,
)
from streams.detectors import DETECTORS
from streams.detectors.release_outside import RECORDS
from streams.gates import QUESTIONS, Condition
from streams.gates.outside import STATE
from streams.identity.asked import ASKED_OF_THINGS

WRITTEN = "<!-- written by `make docs` from the code: change the code, not this page -->\n"

ENDS = {
    Ends.BY_FACT: "by a later fact, or when what it rests on turns out not to have been so",
    Ends.BY_PERSON: "only by a person, with a reason",
}


def pages() -> dict[str, str]:
    """Every page of the catalogues, by file name."""
    return {
        "exceptions.md": "".join(_exceptions()),
        "events.md": "".join(_events()),
        "profiles.md": "".join(_profiles()),
        "gates.md": "".join(_gates()),
        "connecting.md": WRITTEN + "".join(connecting()),
        "tower.md": WRITTEN + "".join(about()),
        **{name: WRITTEN + text for name, text in event_pages().items()},
    }


# --------------------------------------------------------------------------------------- exceptions


def _exceptions() -> Iterator[str]:
    yield f"{WRITTEN}# Exceptions\n\n"
    yield (
        f"{len(EXCEPTIONS)} of {len(EXCEPTIONS) + len(UNDETECTED)} codes of the taxonomy are looked for. "
        "Severities, owners and times are proposals of this project until a product's owner decides. "
        "S1: safety of the patient or irreplaceable material at risk now; S2: likely loss, delay or "
        "breach; S3: minor; S4: information.\n"
    )
    for hazard in Hazard:
        kinds = [kind for kind in EXCEPTIONS if kind.hazard is hazard]
        left = [kind for kind in UNDETECTED if kind.hazard is hazard]
        if not (kinds or left):
            continue
        yield f"\n## {hazard.value.capitalize()}\n"
        for kind in kinds:
            yield from _exception(kind)
        if left:
            yield "\nNot looked for yet:\n\n"
            yield from (f"- **{k.code}** {k.title}: {k.reason}\n" for k in left)


def _exception(kind: ExceptionKind) -> Iterator[str]:
    asked = {d.code: inspect.getdoc(d.check) or "" for d in DETECTORS}
    what, why, act = _told((asked | ASKED_OF_THINGS)[kind.code])
    yield f"\n### {kind.code} {kind.title}\n\n{what}\n\n"
    yield f"- why: {why}\n- what to do: {act}\n" if why else ""
    yield f"- severity {kind.severity.value}, for {kind.owner}\n"
    yield f"- acknowledge within {_span(kind.acknowledge_within)}, decide within {_span(kind.decide_within)}\n"
    yield f"- needed to close it: {kind.evidence}\n- ends {ENDS[kind.ends]}\n"


def _told(text: str) -> tuple[str, str, str]:
    """What, why and act of a detector's docstring."""
    what, _, rest = text.partition("\n")
    joined = " ".join(rest.split())
    why, _, act = joined.partition("Act: ")
    return what, why.partition("Why: ")[2].strip(), act.strip()


def _span(minutes: float) -> str:
    for unit, name in ((1440.0, "d"), (60.0, "h")):
        if minutes >= unit and minutes % unit == 0:
            return f"{minutes / unit:g} {name}"
    return f"{minutes:g} min"


# ------------------------------------------------------------------------------------------- events


def _events() -> Iterator[str]:
    yield f"{WRITTEN}# Events\n\n"
    yield (
        f"{len(EVENTS)} event types. Every event also carries the envelope: "
        + ", ".join(f"`{name}`" for name in Event.model_fields)
        + ".\n"
    )
    owners = {str(row["type"]): row["owners"] for row in catalogues.events()}
    stage = ""
    for event in EVENTS:
        name = event.type_name()
        if (now := name.partition(".")[0]) != stage:
            stage = now
            yield f"\n## {stage.capitalize()}\n"
        yield f"\n### {name}\n\n{catalogues.sentence(event.__doc__)}\n\n"
        yield f"- system of record: {owners[name]}; [fields and an example](events/{name}.md)\n"
        for source, targets in event.links:
            yield f"- links {source} to {' or '.join(targets)}\n"
        own = [part for part in parts(event) if part.name not in Event.model_fields]
        yield from (f"- {_field(event, part)}\n" for part in own)


def _field(event: type[Event], part: Part) -> str:
    field = event.model_fields[part.name]
    said = f": {catalogues.sentence(field.description)}" if field.description else ""
    return f"`{part.name}` ({kind_of(part.shape, unknown=True)}{', needed' if field.is_required() else ''}){said}"


# ----------------------------------------------------------------------------------------- profiles


def _profiles() -> Iterator[str]:
    yield f"{WRITTEN}# Therapy profiles\n\n"
    yield (
        "Every number with its source and how sure it is: `label` (product information), `secondary` "
        "(a secondary source), `assumption` (a proposal of this project).\n"
    )
    for profile in shipped():
        yield f"\n## {profile.label}: {profile.title}\n\n"
        yield f"For {', '.join(profile.products)}; starting material {profile.material.value}.\n\n"
        yield "| what | value | status | source |\n| --- | --- | --- | --- |\n"
        yield from (
            f"| {name} | {_values(n)} | {n.status} | {n.source} |\n"
            for name, n in _sourced(profile)
        )


def _sourced(profile: TherapyProfile) -> Iterator[tuple[str, Sourced]]:
    for name in type(profile).model_fields:
        value = getattr(profile, name)
        found: Iterable[object] = value if isinstance(value, tuple) else (value,)
        for number in found:
            if isinstance(number, Sourced):
                yield name.replace("_", " "), number


def _values(number: Sourced) -> str:
    held = number.model_dump(mode="json", exclude={"source", "status"}, exclude_none=True)
    return ", ".join(f"{name} {_value(value)}" for name, value in held.items())


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


# -------------------------------------------------------------------------------------------- gates


def _gates() -> Iterator[str]:
    yield f"{WRITTEN}# Gates\n\n"
    yield (
        "A gate is a question before a step that cannot be undone. The answer is `satisfied`, "
        "`not_satisfied` or `unknown`, with the events it rests on and what is missing. Missing evidence "
        "is unknown, and unknown never passes. An event that was corrected, is contested, leads to two "
        "courses or comes from a system that may only report satisfies nothing; while a word that a gate "
        "reads is contested, and without a therapy profile, the gate does not pass. Gates decide nothing: "
        "people do, in their own systems. `v2v record show COI` shows the answers for one course.\n"
    )
    for question in QUESTIONS:
        yield f"\n## {question.asks}\n\n`{question.gate.value}`; asked by: {question.asked_by}.\n\n"
        yield f"- why: {question.why}\n- source: {question.source}\n\n"
        yield "| must be so | satisfied by | also read |\n| --- | --- | --- |\n"
        yield from (_condition(held) for held in question.conditions)
    yield "\n## A batch out of specification\n\n"
    yield (
        "The record shows each such batch with how far its path is. It goes on one step with each record "
        "and stops at the first that is missing; until all four are there the batch may not be shipped, "
        "thawed or infused.\n\n| state | reached with | event |\n| --- | --- | --- |\n"
    )
    yield "| outside | a final result that misses its specification, or a confirmed case | "
    yield "`laboratory.ResultReported`, `quality.OosCaseChanged` |\n"
    for said, state in STATE.items():
        yield f"| {state.value} | {RECORDS[said]} | `quality.OosCaseChanged` ({said.value}) |\n"
    yield "| supplied | departure to the clinic, or infusion | `transport.CustodyHandedOver`, "
    yield "`transport.CustodyAccepted`, `treatment.InfusionStarted` |\n"
    yield "| authority_notified | notice to the authorities | `quality.OosCaseChanged` (authority_notified) |\n"
    yield "| closed | end of the case; before any request it means that the case was void | "
    yield "`quality.OosCaseChanged` (closed) |\n"


def _condition(held: Condition) -> str:
    return f"| {held.what} | {_types(held.satisfied_by) or 'no objection'} | {_types(held.refused_by)} |\n"


def _types(kinds: Iterable[type[Event]]) -> str:
    return ", ".join(f"`{name}`" for name in dict.fromkeys(kind.type_name() for kind in kinds))
