"""Who did it, with what, why, and what supports it: what a resource and its provenance attribute.

People are said as tokens and never by name. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from connectors.clinic.codes import EXTENSION
from connectors.clinic.document import Document
from connectors.clinic.node import Node
from connectors.connector import Partner, Tokens
from schemas.envelope import EvidenceReference, Signature


@dataclass(frozen=True)
class Attribution:
    """A resource with the provenance that accompanies it."""

    resource: Node
    provenance: Node | None
    document: Document
    partner: Partner
    tokens: Tokens

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

    def reason(self) -> dict[str, str | None]:
        """Why: the resource's own reason for its status, else the provenance's."""
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

    def people(self) -> dict[str, object]:
        """Who did it, in which role, who was the second person, and with which device."""
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

    def support(self) -> dict[str, object]:
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
