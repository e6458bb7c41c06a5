"""A resource together with all that the message says about it, ready to be said as our event.

R4 has a place for nearly everything our envelope carries: the resource's own elements, and the
Provenance that accompanies it (who, in which role, second person as `verifier`, device, place, reason,
signature, `entity` with role `source` for evidence and `revision` for what is corrected). Ours are the
tag that says how the fact was captured and the extensions that `codes` names. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import orjson

from connectors.clinic import codes
from connectors.clinic.codes import EXTENSION, Step
from connectors.clinic.document import Document, kind_of, name_of, version_of
from connectors.clinic.identifiers import course_identifiers, name_a_course, subject_token
from connectors.clinic.node import Coding, Node
from connectors.connector import CannotUnderstand, Ignored, Partner, Tokens
from connectors.times import When
from schemas.envelope import (
    Capture,
    Environment,
    Event,
    EvidenceReference,
    Identifier,
    Scheme,
    Signature,
    System,
    event_id,
)
from schemas.reasons import Reason

SomeEvent = TypeVar("SomeEvent", bound=Event)


class SaysNothing(Exception):
    """The resource is sound and tells nothing that we follow."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.decision = Ignored(why)


@dataclass(frozen=True)
class Said:
    """One resource of a message, as one partner says it."""

    resource: Node
    status: str
    document: Document
    partner: Partner
    tokens: Tokens

    @cached_property
    def kind(self) -> str:
        """What kind of resource it is."""
        return kind_of(self.resource)

    @cached_property
    def provenance(self) -> Node | None:
        """How the resource came about, where the message says so."""
        return self.document.provenance_of(self.resource)

    @cached_property
    def native(self) -> str:
        """The partner's own key of this version of the record."""
        name = name_of(self.resource)
        changed, _, version = version_of(self.resource)
        if name is not None and version:
            return f"{name}/_history/{version}"
        if name is not None and changed:
            return f"{name}@{changed}"
        content = orjson.dumps(dict(self.resource.value), option=orjson.OPT_SORT_KEYS)
        return f"{name or self.kind}#{hashlib.sha256(content).hexdigest()[:32]}"

    @cached_property
    def identifiers(self) -> tuple[Identifier, ...]:
        """Everything of the therapy that it names."""
        return course_identifiers(self.resource, self.document, self.partner)

    def steps(self, *names: str) -> frozenset[Step]:
        """The steps of the therapy that the codes of these elements stand for."""
        return frozenset(
            step
            for name in names
            for concept in self.resource.each(name)
            for coding in concept.codings()
            if (step := self.step(coding)) is not None
        )

    def step(self, coding: Coding) -> Step | None:
        """The step that one code stands for; a public code counts only where a course is named."""
        system, code = coding
        local = self.partner.mapping.get("steps")
        if isinstance(local, dict) and (named := local.get(f"{system}|{code}")) is not None:
            return self._known_step(str(named))
        if system == codes.STEP_SYSTEM:
            return self._known_step(code)
        public = codes.STANDARD.get((self.kind, coding))
        return public if public is not None and name_a_course(self.identifiers) else None

    def _known_step(self, code: str) -> Step:
        known = codes.word(Step, code)
        if known is None:
            detail = f"{self.resource.path}: {code[:40]!r} is no step of {codes.STEP_SYSTEM}"
            raise CannotUnderstand(Reason.FIELD_INVALID, detail)
        return known

    def when(self, *names: str) -> When | None:
        """The first of these times that is stated: a moment, or the period's end, or its start."""
        for name in names:
            stated, _, end = name.partition(".")
            if end:
                period = self.resource.node(stated)
                found = None if period is None else period.when(end, self.partner.clock)
            else:
                found = self.resource.when(stated, self.partner.clock)
            if found is not None:
                return found
        return None

    def happened(self, natural: When | None) -> When:
        """When it happened: as its provenance says, else by the resource's own time."""
        stated = None
        if self.provenance is not None:
            stated = self.provenance.when("occurredDateTime", self.partner.clock)
            period = self.provenance.node("occurredPeriod")
            if stated is None and period is not None:
                stated = period.when("end", self.partner.clock)
        return self.needed(stated or natural)

    def needed(self, when: When | None) -> When:
        """A time that must be there."""
        if when is None:
            raise CannotUnderstand(
                Reason.FIELD_MISSING, f"{self.kind} does not say when it happened"
            )
        return when

    def extension(self, name: str) -> Node | None:
        """The extension of ours of this name."""
        return self.resource.extension(EXTENSION + name)

    def event(self, cls: type[SomeEvent], at: When, part: str = "", **fields: object) -> SomeEvent:
        """The event of this class that the resource states."""
        courses = [i.value for i in self.identifiers if i.scheme is Scheme.COI]
        rest = [i for i in self.identifiers if i.scheme is not Scheme.COI or i.value != courses[0]]
        if not name_a_course(self.identifiers):
            detail = f"{self.kind} names no order, course, donation, batch or container"
            raise CannotUnderstand(Reason.NO_IDENTIFIER, detail)
        stated: dict[str, object] = {
            "event_id": self.id_of(self.native, cls, part),
            "coi": courses[0] if courses else None,
            "identifiers": tuple(rest),
            "subject": subject_token(self.resource, self.document, self.partner, self.tokens),
            "occurred_at": at.instant,
            "occurred_offset_minutes": at.offset_minutes,
            "occurred_precision": at.precision,
            "recorded_at": self._recorded(),
            "system": System.CLINIC,
            "partner": self.partner.name,
            "site": self._site(),
            "capture": self._capture(),
            "sequence": self._sequence(),
            "corrects": self._corrects(cls, part),
            "source_message": self.native[:100],
            "environment": self._environment(),
            **self._reason(),
            **self._people(),
            **self._support(),
        }
        return cls.model_validate(stated | fields)

    def id_of(self, native: str, cls: type[Event], part: str) -> object:
        """The id of the fact that this record states."""
        return event_id(System.CLINIC, self.partner.name, native, cls.type_name(), part)

    def _recorded(self) -> object:
        clock = self.partner.clock
        meta = self.resource.node("meta")
        for found in (
            None if self.provenance is None else self.provenance.when("recorded", clock),
            self.when("issued", "recordedDate", "lastModified"),
            None if meta is None else meta.when("lastUpdated", clock),
        ):
            if found is not None:
                return found.instant
        return None

    def _site(self) -> str | None:
        places = [self.resource.node("location")]
        places.append(None if self.provenance is None else self.provenance.node("location"))
        for place in places:
            if place is not None and (named := self.party(place)) is not None:
                return named
        return self.partner.site

    def party(self, reference: Node) -> str | None:
        """The identifier of the organisation, place or device that a reference means."""
        for stated in reference.each("identifier"):
            if (value := stated.text("value")) is not None:
                return value[:100]
        target = self.document.resolve(reference, self.resource)
        if target is not None:
            for stated in target.each("identifier"):
                if (value := stated.text("value")) is not None:
                    return value[:100]
        literal = reference.text("reference")
        return None if literal is None else literal.lstrip("#").split("/")[-1][:100] or None

    def person(self, reference: Node) -> str | None:
        """The token of the member of staff that a reference means; never the name."""
        target = self.document.resolve(reference, self.resource)
        for stated in [
            *reference.each("identifier"),
            *(target.each("identifier") if target else ()),
        ]:
            if (value := stated.text("value")) is not None:
                return self.tokens.staff(stated.text("system") or self.partner.name, value)
        literal = reference.text("reference")
        return None if literal is None else self.tokens.staff(self.partner.name, literal)

    def _capture(self) -> Capture:
        for system, code in self._tags():
            if system == codes.CAPTURE_SYSTEM:
                known = codes.word(Capture, code)
                if known is None:
                    detail = f"{self.kind}.meta.tag: {code[:40]!r} is no way of capture"
                    raise CannotUnderstand(Reason.FIELD_INVALID, detail)
                return known
        return Capture.INTERFACE

    def _environment(self) -> Environment:
        if self.partner.environment is Environment.PRODUCTION:
            if (codes.ACT_REASON, "HTEST") in self._tags():
                return Environment.TEST
        return self.partner.environment

    def _tags(self) -> tuple[Coding, ...]:
        meta = self.resource.node("meta")
        if meta is None:
            return ()
        return tuple(
            (tag.text("system") or "", tag.text("code") or "")
            for name in ("tag", "security")
            for tag in meta.nodes(name)
        )

    def _sequence(self) -> int | None:
        found = self.extension("sequence")
        return None if found is None else found.count("valueInteger")

    def _corrects(self, cls: type[Event], part: str) -> object:
        """The version that this one replaces: named by the provenance, or the one before."""
        for entity in () if self.provenance is None else self.provenance.nodes("entity"):
            what = entity.node("what")
            if entity.text("role") == "revision" and what is not None:
                return self.id_of(what.needed("reference"), cls, part)
        _, version, _ = version_of(self.resource)
        name = name_of(self.resource)
        if self.status in ("amended", "corrected") and version > 1 and name is not None:
            return self.id_of(f"{name}/_history/{version - 1}", cls, part)
        return None

    def _reason(self) -> dict[str, object]:
        concepts = [
            concept
            for name in ("statusReason", "cancelationReason")
            for concept in self.resource.each(name)
        ]
        if self.provenance is not None:
            concepts += self.provenance.nodes("reason")
        for concept in concepts:
            code = next((code for _, code in concept.codings()), None)
            text = concept.text("text")
            if code or text:
                return {"reason_code": code, "reason_text": text}
        return {}

    def _people(self) -> dict[str, object]:
        found: dict[str, object] = {}
        for role, who, function in self._agents():
            if role == "verifier":
                found.setdefault("second_actor", self.person(who))
            elif role == "device":
                found.setdefault("device", self.party(who))
            elif not found.keys() & {"actor", "actor_role"}:
                token = self.person(who)
                found |= {} if token is None else {"actor": token}
                found |= {} if function is None else {"actor_role": function}
        return found

    def _agents(self) -> Iterator[tuple[str, Node, str | None]]:
        """Who took part: first as the provenance says, then as the resource itself does."""
        for agent in () if self.provenance is None else self.provenance.nodes("agent"):
            who = agent.node("who")
            if who is None:
                continue
            device = "Device" in (who.text("type"), (who.text("reference") or "").split("/")[0])
            yield ("device" if device else agent.code("type") or ""), who, agent.code("role")
        for performer in self.resource.each("performer"):
            actor = performer.node("actor") if performer.has("actor") else performer
            if actor is not None:
                yield "performer", actor, performer.code("function")
        taken = self.resource.each("collection")
        for reference in (
            *(c for t in taken for c in t.each("collector")),
            *self.resource.each("recorder"),
        ):
            yield "performer", reference, None
        for reference in self.resource.each("device"):
            yield "device", reference, None

    def _support(self) -> dict[str, object]:
        """The signature and the evidence that the provenance carries."""
        if self.provenance is None:
            return {}
        found: dict[str, object] = {}
        for signed in self.provenance.nodes("signature"):
            who, when = signed.node("who"), signed.when("when", self.partner.clock)
            if who is None or when is None:
                continue
            kind = next(iter(signed.nodes("type")), None)
            digest = signed.extension(EXTENSION + "signed-digest")
            algorithm = signed.extension(EXTENSION + "signature-algorithm")
            found["signature"] = Signature(
                signer=self.person(who) or "unknown",
                meaning=(kind and (kind.text("display") or kind.text("code"))) or "signed",
                signed_at=when.instant,
                digest=None if digest is None else digest.text("valueString"),
                algorithm=None if algorithm is None else algorithm.text("valueString"),
            )
            break
        evidence = []
        for entity in self.provenance.nodes("entity"):
            what = entity.node("what")
            digest = None if what is None else what.extension(EXTENSION + "sha256")
            address = None if what is None else what.node("identifier")
            if what is None or digest is None or address is None or entity.text("role") != "source":
                continue
            evidence.append(
                EvidenceReference(
                    uri=address.needed("value"),
                    sha256=digest.needed("valueString"),
                    kind=what.text("display"),
                )
            )
        return found | {"evidence": tuple(evidence)}
