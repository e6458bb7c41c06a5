"""Which identifiers of a message name a thing of the therapy, and what it states about its patient. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from connectors.connector import CannotUnderstand, Partner
from connectors.hl7v2.agreement import IDENTIFIER_CODES, UNIVERSAL_ID
from connectors.hl7v2.message import Components, Message, Segment, part
from connectors.hl7v2.orders import Order
from schemas.envelope import Identifier, Scheme
from schemas.reasons import Reason

ENTITY_FIELDS = {"ORC": (2, 3, 4), "OBR": (2, 3), "SAC": (3, 4), "SCH": (1, 2, 4, 26, 27)}
"""Fields that hold entity identifiers: value, namespace, universal id, its type."""

PAIR_FIELDS = {"SPM": (2, 3)}
"""Fields that hold two of them, the placer's and the filler's, in subcomponents."""

NUMBER_FIELDS = {"PID": (3, 18), "PV1": (19, 50)}
"""Fields that hold numbers of a patient, an account or a visit: the authority is the fourth component."""

PERSONAL_FIELDS = (2, 3, 4, 11, 13, 14, 19)
"""Fields of PID whose first component is a number, an address or a telephone of the patient."""


def identifiers_of(order: Order, partner: Partner) -> tuple[Identifier, ...]:
    """Everything that the order names by agreement."""
    return distinct(_of_order(order, partner))


def distinct(identifiers: Iterable[Identifier]) -> tuple[Identifier, ...]:
    """Each thing once, in the order given."""
    found: dict[tuple[Scheme, str], Identifier] = {}
    for identifier in identifiers:
        found.setdefault((identifier.scheme, identifier.value), identifier)
    return tuple(found.values())


def _of_order(order: Order, partner: Partner) -> Iterator[Identifier]:
    segments = [s for s in (order.orc, order.obr) if s is not None]
    for segment in (*segments, *order.containers, *order.specimens):
        yield from named_in(segment, partner)
    for observation in (*order.results, *order.about_specimen):
        yield from named_in(observation.obx, partner)


def named_in(segment: Segment, partner: Partner) -> Iterator[Identifier]:
    """Everything that one segment names by agreement."""
    for number in ENTITY_FIELDS.get(segment.name, ()):
        for entity in segment.repetitions(number):
            yield from _entity(tuple(c[0] for c in entity), partner)
    for number in PAIR_FIELDS.get(segment.name, ()):
        for pair in segment.repetitions(number):
            for one in pair:
                yield from _entity(one, partner)
    for number in NUMBER_FIELDS.get(segment.name, ()):
        for numbered in segment.repetitions(number):
            yield from _entity((part(numbered, 1), *authority(numbered)), partner)
    if segment.name == "OBX":
        yield from _observed(segment)


def authority(numbered: Components) -> tuple[str, str, str]:
    """Who has issued a number (CX-4): its namespace, its universal id, and what kind of id that is."""
    return part(numbered, 4), part(numbered, 4, 2), part(numbered, 4, 3)


def scheme_of(namespace: str, universal: str, partner: Partner) -> Scheme | None:
    """What kind of thing the identifiers of an authority name; None when they name nothing of ours."""
    known = partner.identifier_systems
    scheme = known.get(namespace) or known.get(universal)
    if scheme is None and universal.startswith(UNIVERSAL_ID):
        scheme = _scheme(universal.removeprefix(UNIVERSAL_ID))
    return scheme


def _entity(entity: tuple[str, ...], partner: Partner) -> Iterator[Identifier]:
    """An entity identifier whose assigning authority says what it names."""
    value, namespace, universal = (*entity, "", "", "")[:3]
    scheme = scheme_of(namespace, universal, partner)
    if scheme is not None and value:
        yield Identifier(scheme=scheme, value=value, issuer=namespace or None)


def _observed(obx: Segment) -> Iterator[Identifier]:
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


def patient_numbers(message: Message) -> list[Components]:
    """The numbers of the patient that the message names first."""
    pid = message.first("PID")
    return [] if pid is None else [cx for cx in pid.repetitions(3) if part(cx, 1)]


def personal_data(message: Message) -> tuple[str, ...]:
    """What the message states about its patients, so that it can be taken out of free text."""
    stated: list[str] = []
    for segment in message.segments:
        match segment.name:
            case "PID":
                stated.append(segment.text(7)[:8])
                for number in PERSONAL_FIELDS:
                    stated += [part(each, 1) for each in segment.repetitions(number)]
                stated += _names(segment, 5, 6, 9)
            case "MRG":
                for number in range(1, 7):
                    stated += [part(each, 1) for each in segment.repetitions(number)]
                stated += _names(segment, 7)
            case "NK1" | "GT1":
                stated += _names(segment, 2, 3)
            case _:
                pass
    return tuple(text for text in stated if text)


def _names(segment: Segment, *numbers: int) -> list[str]:
    """The parts of people's names in these fields."""
    return [
        part(name, component)
        for number in numbers
        for name in segment.repetitions(number)
        for component in (1, 2, 3)
    ]
