"""Which identifiers of an order name a thing of the therapy, and whose token the patient has. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.connector import CannotUnderstand, Partner, Tokens
from connectors.lims.agreement import IDENTIFIER_CODES, UNIVERSAL_ID
from connectors.lims.message import Components, Message, Segment, part
from connectors.lims.orders import Order
from schemas.envelope import OCCUPIED_SCHEMES, Identifier, Scheme
from schemas.reasons import Reason

ENTITY_FIELDS = {"ORC": (2, 3, 4), "OBR": (2, 3), "SAC": (3, 4)}
"""Fields that hold entity identifiers: value, namespace, universal id, its type."""

PAIR_FIELDS = {"SPM": (2, 3)}
"""Fields that hold two of them, the placer's and the filler's, in subcomponents."""

PERSONAL_FIELDS = (2, 3, 4, 11, 13, 14, 19)
"""Fields of PID whose first component is a number, an address or a telephone of the patient."""

SAMPLE_LEADS = OCCUPIED_SCHEMES | {Scheme.SAMPLE}


def identifiers_of(order: Order, partner: Partner) -> tuple[Identifier, ...]:
    """Everything that the order names by agreement."""
    found: dict[tuple[Scheme, str], Identifier] = {}
    for identifier in _agreed(order, partner):
        found.setdefault((identifier.scheme, identifier.value), identifier)
    return tuple(found.values())


def laboratory_number(order: Order) -> Identifier | None:
    """The sample by the laboratory's own number: SPM-2 (filler before placer), or else OBR-3."""
    for specimen in order.specimens:
        number = specimen.parts(2)
        value = part(number, 2) or part(number, 1)
        if value:
            return Identifier(scheme=Scheme.SAMPLE, value=value)
    value = order.obr.text(3)
    return Identifier(scheme=Scheme.SAMPLE, value=value) if value else None


def subject_token(message: Message, partner: Partner, tokens: Tokens) -> str | None:
    """The patient's token, where it is agreed whose numbers PID-3 holds; else the number is dropped.

    A laboratory names authorities in its own words, and a token made under another name than the
    clinic's would tell one patient apart from itself. So the partner's `mapping["patients"]` says which
    issuing system an authority of PID-3 stands for.
    """
    agreed = partner.mapping.get("patients")
    for number in _patient_numbers(message):
        for authority in (part(number, 4), part(number, 4, 2)):
            if isinstance(agreed, dict) and authority in agreed:
                return tokens.subject(str(agreed[authority]), part(number, 1))
    return None


def about_a_patient(message: Message) -> bool:
    """Whether the message carries a patient identifier."""
    pid = message.first("PID")
    older = pid is not None and (pid.text(2) or pid.text(4))
    return bool(_patient_numbers(message) or older)


def personal_data(message: Message) -> tuple[str, ...]:
    """What the message states about its patient, so that it can be taken out of free text."""
    pid = message.first("PID")
    if pid is None:
        return ()
    stated = [pid.text(7)[:8]]
    for number in PERSONAL_FIELDS:
        stated += [part(each, 1) for each in pid.repetitions(number)]
    for name in (n for number in (5, 6, 9) for n in pid.repetitions(number)):
        stated += [part(name, component) for component in (1, 2, 3)]
    return tuple(text for text in stated if text)


def _patient_numbers(message: Message) -> list[Components]:
    pid = message.first("PID")
    return [] if pid is None else [cx for cx in pid.repetitions(3) if part(cx, 1)]


def _agreed(order: Order, partner: Partner) -> Iterator[Identifier]:
    segments = [s for s in (order.orc, order.obr) if s is not None]
    for segment in (*segments, *order.containers):
        for number in ENTITY_FIELDS[segment.name]:
            for entity in segment.repetitions(number):
                yield from _entity(tuple(c[0] for c in entity), partner)
    for specimen in order.specimens:
        for number in PAIR_FIELDS["SPM"]:
            for pair in specimen.repetitions(number):
                for one in pair:
                    yield from _entity(one, partner)
    for observation in (*order.results, *order.about_specimen):
        yield from _named(observation.obx)


def _entity(entity: tuple[str, ...], partner: Partner) -> Iterator[Identifier]:
    """An entity identifier whose assigning authority says what it names."""
    value, namespace, universal = (*entity, "", "", "")[:3]
    scheme = partner.identifier_systems.get(namespace) or partner.identifier_systems.get(universal)
    if scheme is None and universal.startswith(UNIVERSAL_ID):
        scheme = _scheme(universal.removeprefix(UNIVERSAL_ID))
    if scheme is not None and value:
        yield Identifier(scheme=scheme, value=value, issuer=namespace or None)


def _named(obx: Segment) -> Iterator[Identifier]:
    """An OBX that names an identifier by our agreement."""
    if obx.text(3, 3) != IDENTIFIER_CODES:
        return
    for entity in obx.repetitions(5):
        value = part(entity, 1)
        if value:
            issuer = part(entity, 2) or None
            yield Identifier(scheme=_scheme(obx.text(3)), value=value, issuer=issuer)


def _scheme(name: str) -> Scheme:
    known = name.replace("-", "_").upper()
    if known not in Scheme.__members__ or known == Scheme.UNKNOWN_TO_READER:
        detail = f"{name[:40]!r} is no scheme of identifiers"
        raise CannotUnderstand(Reason.IDENTIFIER_MALFORMED, detail)
    return Scheme[known]
