"""A resource together with all that the message says about it, ready to be said as our event.

R4 has a place for nearly everything our envelope carries: the resource's own elements, and the
Provenance that accompanies it (who, in which role, second person as `verifier`, device, place, reason,
signature, `entity` with role `source` for evidence and `revision` for what is corrected). Ours are the
tag that says how the fact was captured and the extensions that `codes` names. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TypeVar
from uuid import UUID

import orjson

from connectors.clinic import codes
from connectors.clinic.attribution import Attribution
from connectors.clinic.codes import EXTENSION, Step
from connectors.clinic.document import Document, kind_of, name_of, version_of
from connectors.clinic.identifiers import (
    course_identifiers,
    name_a_course,
    personal_data,
    subject_token,
)
from connectors.clinic.node import Coding, Node
from connectors.connector import CannotUnderstand, Ignored, Partner, Tokens
from connectors.personal import blanked
from connectors.times import When
from schemas.enrolment import PatientsMerged
from schemas.envelope import (
    Capture,
    Environment,
    Event,
    Identifier,
    Scheme,
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
    withdraws: str | None = None
    """The earlier version of the record whose facts are to be taken back instead of stated."""

    @cached_property
    def kind(self) -> str:
        """What kind of resource it is."""
        return kind_of(self.resource)

    @cached_property
    def provenance(self) -> Node | None:
        """How the resource came about, where the message says so."""
        return self.document.provenance_of(self.resource)

    @cached_property
    def attribution(self) -> Attribution:
        """Who did it, why, and what supports it."""
        return Attribution(self.resource, self.provenance, self.document, self.partner, self.tokens)

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
        product = any(
            self._step(c) is Step.INFUSION for c in self._codings("category", "reasonCode")
        )
        return course_identifiers(self.resource, self.document, self.partner, product)

    def steps(self, *names: str) -> frozenset[Step]:
        """The steps of the therapy that the codes of these elements stand for."""
        return frozenset(s for c in self._codings(*names) if (s := self.step(c)) is not None)

    def steps_in(self, node: Node, *names: str) -> frozenset[Step]:
        """The steps that the codes in a part of the resource stand for."""
        codings = (c for n in names for concept in node.each(n) for c in concept.codings())
        return frozenset(s for c in codings if (s := self.step(c)) is not None)

    def properties(self, *steps: Step) -> tuple[Node, ...]:
        """The properties of a product in R5 that tell one of these steps."""
        wanted = frozenset(steps)
        if self.kind != "BiologicallyDerivedProduct":
            return ()
        return tuple(
            p for p in self.resource.nodes("property") if self.steps_in(p, "type") & wanted
        )

    def _codings(self, *names: str) -> tuple[Coding, ...]:
        return tuple(
            c for n in names for concept in self.resource.each(n) for c in concept.codings()
        )

    def step(self, coding: Coding) -> Step | None:
        """The step that one code stands for; a public code counts only where a course is named."""
        step = self._step(coding)
        public = (self.kind, coding) in codes.STANDARD
        return None if public and not name_a_course(self.identifiers) else step

    def _step(self, coding: Coding) -> Step | None:
        system, code = coding
        local = self.partner.mapping.get("steps")
        own = local.get(f"{system}|{code}") if isinstance(local, dict) else None
        if own is None and system != codes.STEP_SYSTEM:
            return codes.STANDARD.get((self.kind, coding))
        known = codes.word(Step, code if own is None else str(own))
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

    def out_of_storage_at(self) -> datetime | None:
        """When the containers left controlled storage for this step, an extension of ours."""
        stated = self.extension("out-of-storage-at")
        left = None if stated is None else stated.when("valueDateTime", self.partner.clock)
        return None if left is None else left.instant

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
        if not name_a_course(self.identifiers) and cls is not PatientsMerged:
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
            **self.attribution.people(),
            **self.attribution.support(),
        }
        if self.withdraws is not None:
            fields["event_id"] = self.id_of(self.native, cls, f"{part}/withdraws/{self.withdraws}")
            fields["corrects"] = self.id_of(self.withdraws, cls, part)
            fields["withdraws"] = True
        return cls.model_validate(stated | fields)

    def _reason(self) -> dict[str, str | None]:
        """Why, without the patient's own data where somebody wrote it into the text."""
        found = self.attribution.reason()
        return found | {"reason_text": self.without_patient(found.get("reason_text"))}

    def without_patient(self, text: str | None) -> str | None:
        """Free text without the patient's own data, where somebody wrote it there."""
        return text and blanked(text, personal_data(self.resource, self.document, self.partner))

    def id_of(self, native: str, cls: type[Event], part: str) -> UUID:
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
            if place is not None and (named := self.attribution.party(place)) is not None:
                return named
        return self.partner.site

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
        real = self.partner.environment is Environment.PRODUCTION
        if real and (codes.ACT_REASON, "HTEST") in self._tags():
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

    @property
    def revised(self) -> tuple[str, ...]:
        """The versions of records that the provenance says were revised or removed."""
        return tuple(reference for _, reference in self._entities)

    @property
    def taken_back(self) -> bool:
        """Whether the record should never have been: by its status, or else by its provenance."""
        removed = any(role == "removal" for role, _ in self._entities)
        return self.status == "entered-in-error" or removed

    @cached_property
    def _entities(self) -> tuple[tuple[str, str], ...]:
        entities = () if self.provenance is None else self.provenance.nodes("entity")
        return tuple(
            (role, what.needed("reference"))
            for entity in entities
            if (role := entity.text("role")) in ("revision", "removal")
            and (what := entity.node("what")) is not None
        )

    def _corrects(self, cls: type[Event], part: str) -> object:
        """The version that this one replaces: named by the provenance, or the one before."""
        if self.revised:
            return self.id_of(self.revised[0], cls, part)
        _, version, _ = version_of(self.resource)
        name = name_of(self.resource)
        if self.status in ("amended", "corrected") and version > 1 and name is not None:
            return self.id_of(f"{name}/_history/{version - 1}", cls, part)
        return None


Says = Callable[[Said], tuple[Event, ...]]
"""What one kind of resource says."""
