"""Names an event that came without an eventID by its own content, as CBV 2.0 says.

The event hash (`ni:///sha-256;...?ver=CBV2.0`) is what an EPCIS repository gives such an event, so an
event that comes once from the platform and once from its repository is one event here too. Own
code, because the reference implementation brings a web server and a JSON-LD processor with it; all
hashes that it publishes agree, of JSON and of XML. Left out are eventID, recordTime, errorDeclaration
and comments, which say something about the event and are no part of it. Members follow each other as
the standard lists them, but for destinations, which come before sources: so it is in the one published
hash of an event with both. A partner's own eventID, hash or not, goes first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial

from connectors.connector import CannotUnderstand
from connectors.logistics import gs1, names
from connectors.logistics.vocabulary import FAMILIES
from connectors.times import parse_rfc3339

Said = Mapping[str, object]
Declared = Mapping[str, str]
_COMMENT = "{http://www.w3.org/2000/01/rdf-schema#}comment="

Spell = Callable[[str, object, Declared], Iterator[str]]


def native_key(event: Said, declared: Declared) -> str:
    """The partner's own eventID, or else the hash of what the event says."""
    stated = event.get("eventID")
    return stated if isinstance(stated, str) and stated else event_hash(event, declared)


def event_hash(event: Said, declared: Declared) -> str:
    """The event hash of CBV 2.0."""
    digest = hashlib.sha256(spelled(event, declared).encode()).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"


def spelled(event: Said, declared: Declared) -> str:
    """The text that is hashed: every member in the order of the standard, each value in one spelling."""
    parts = [f"eventType={event.get('type')}"]
    for name, spell in _ORDER:
        if name in event:
            parts.extend(spell(name, event[name], declared))
    ilmd = event.get("ilmd")
    if isinstance(ilmd, dict) and ilmd:
        parts.append("ilmd" + "".join(_extensions(ilmd, declared)))
    parts.extend(_extensions(event, declared))
    return "".join(parts)


def _plain(name: str, value: object, declared: Declared) -> Iterator[str]:
    yield f"{name}={_canonical(value)}"


def _time(name: str, value: object, declared: Declared) -> Iterator[str]:
    """To the millisecond in UTC; half of one counts as a whole."""
    try:
        moment = parse_rfc3339(str(value), name).instant + timedelta(microseconds=500)
    except CannotUnderstand:
        yield f"{name}={value}"
        return
    yield f"{name}={moment.isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"


def _word(family: str, name: str, value: object, declared: Declared) -> Iterator[str]:
    said = names.word(str(value), family, declared)
    full = f"https://ref.gs1.org/cbv/{family}-{said}" if said in FAMILIES[family] else said
    yield f"{name}={full}"


def _vocabulary(name: str, value: object, declared: Declared) -> Iterator[str]:
    said = names.measurement(str(value), declared)
    yield f"{name}={said if ':' in said else f'https://gs1.org/voc/{said}'}"


def _component(name: str, value: object, declared: Declared) -> Iterator[str]:
    said = names.expanded(str(value), declared)
    yield f"{name}={said if ':' in said else f'https://ref.gs1.org/cbv/Comp-{said}'}"


def _listed(entry: str, name: str, value: object, declared: Declared) -> Iterator[str]:
    """Each value of a list; their order means nothing."""
    values = value if isinstance(value, list) else [value]
    if values:
        yield name
        yield from sorted(f"{entry}={_canonical(one)}" for one in values)


def _objects(
    entry: str, order: tuple[tuple[str, Spell], ...], name: str, value: object, declared: Declared
) -> Iterator[str]:
    """Each object of a list, its members in their order; the order of the objects means nothing."""
    found = [
        entry + "".join(_members(order, one, declared))
        for one in (value if isinstance(value, list) else [value])
        if isinstance(one, dict)
    ]
    if found:
        if name != entry:  # reports follow each other without a list around them
            yield name
        yield from sorted(found)


def _object(
    order: tuple[tuple[str, Spell], ...], name: str, value: object, declared: Declared
) -> Iterator[str]:
    if isinstance(value, dict):
        yield name
        yield from _members(order, value, declared)


def _dispositions(name: str, value: object, declared: Declared) -> Iterator[str]:
    if isinstance(value, dict):
        yield name
        for member in ("set", "unset"):
            listed = value.get(member)
            words = listed if isinstance(listed, list) else []
            yield from sorted(part for w in words for part in _word("Disp", member, w, declared))


def _members(order: tuple[tuple[str, Spell], ...], said: Said, declared: Declared) -> Iterator[str]:
    for name, spell in order:
        if name in said:
            yield from spell(name, said[name], declared)
    yield from _extensions(said, declared)


def _extensions(said: Said, declared: Declared) -> list[str]:
    """Members of a namespace, as `{namespace}name`, in the order of their letters."""
    return sorted(
        part
        for name, value in said.items()
        if ":" in name
        for part in _extended(_bracketed(name, declared), value, declared)
        if not part.startswith(_COMMENT)
    )


def _extended(name: str, value: object, declared: Declared) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _extended(name, one, declared)
    elif isinstance(value, dict):
        inner = (
            part
            for member, one in value.items()
            for part in _extended(_bracketed(member, declared), one, declared)
        )
        yield name + "".join(sorted(inner))
    else:
        yield f"{name}={_canonical(value)}"


def _bracketed(name: str, declared: Declared) -> str:
    prefix, colon, rest = name.partition(":")
    if not colon:
        return name
    if prefix in declared:
        return f"{{{declared[prefix]}}}{rest}"
    place = max(name.rfind("/"), name.rfind("#"), name.rfind(":")) + 1
    return f"{{{name[:place]}}}{name[place:]}"


def _canonical(value: object) -> str:
    """One spelling of a value: numbers without needless zeros, GS1 keys as Digital Links."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    return gs1.link(text)


_QUANTITY: tuple[tuple[str, Spell], ...] = (
    ("epcClass", _plain),
    ("quantity", _plain),
    ("uom", _plain),
)
_METADATA: tuple[tuple[str, Spell], ...] = (
    *((name, _time) for name in ("time", "startTime", "endTime")),
    *((name, _plain) for name in ("deviceID", "deviceMetadata", "rawData")),
    *((name, _plain) for name in ("dataProcessingMethod", "bizRules")),
)
_REPORT: tuple[tuple[str, Spell], ...] = (
    ("type", _vocabulary),
    ("exception", _vocabulary),
    *((name, _plain) for name in ("deviceID", "deviceMetadata", "rawData")),
    ("dataProcessingMethod", _plain),
    ("time", _time),
    *((name, _plain) for name in ("microorganism", "chemicalSubstance", "value")),
    ("component", _component),
    *((name, _plain) for name in ("stringValue", "booleanValue", "hexBinaryValue", "uriValue")),
    *((name, _plain) for name in ("minValue", "maxValue", "meanValue", "sDev")),
    *((name, _plain) for name in ("percRank", "percValue", "uom", "coordinateReferenceSystem")),
)
_SENSOR: tuple[tuple[str, Spell], ...] = (
    ("sensorMetadata", partial(_object, _METADATA)),
    ("sensorReport", partial(_objects, "sensorReport", _REPORT)),
)
_EPCS = partial(_listed, "epc")
_QUANTITIES = partial(_objects, "quantityElement", _QUANTITY)

_ORDER: tuple[tuple[str, Spell], ...] = (
    ("eventTime", _time),
    ("eventTimeZoneOffset", _plain),
    ("certificationInfo", _plain),
    ("epcList", _EPCS),
    ("parentID", _plain),
    ("inputEPCList", _EPCS),
    ("childEPCs", _EPCS),
    ("quantityList", _QUANTITIES),
    ("childQuantityList", _QUANTITIES),
    ("inputQuantityList", _QUANTITIES),
    ("outputEPCList", _EPCS),
    ("outputQuantityList", _QUANTITIES),
    ("action", _plain),
    ("transformationID", _plain),
    ("bizStep", partial(_word, "BizStep")),
    ("disposition", partial(_word, "Disp")),
    ("persistentDisposition", _dispositions),
    ("readPoint", partial(_object, (("id", _plain),))),
    ("bizLocation", partial(_object, (("id", _plain),))),
    (
        "bizTransactionList",
        partial(_objects, "", (("type", partial(_word, "BTT")), ("bizTransaction", _plain))),
    ),
    (
        "destinationList",
        partial(_objects, "", (("type", partial(_word, "SDT")), ("destination", _plain))),
    ),
    (
        "sourceList",
        partial(_objects, "", (("type", partial(_word, "SDT")), ("source", _plain))),
    ),
    ("sensorElementList", partial(_objects, "sensorElement", _SENSOR)),
)
"""The members of an event in the order in which CBV spells them, and how each is spelled."""
