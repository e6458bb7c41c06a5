"""Every event type has an example that the whole chain believes."""

from __future__ import annotations

import pytest

from schemas import topics
from schemas.authority import Authority, authority
from schemas.catalogue import EVENTS
from schemas.control import QuarantinedMessage
from schemas.envelope import Environment, Event, Scheme
from schemas.examples import THINGS, VALUES, example, example_line
from schemas.identifiers import parse
from schemas.lines import from_line
from schemas.shape import parts
from schemas.wire import decode, decode_contract
from tests.words import heard

every_type = pytest.mark.parametrize("kind", EVENTS, ids=[e.type_name() for e in EVENTS])


@every_type
@pytest.mark.parametrize("whole", [True, False], ids=["whole", "needed only"])
def test_the_chain_believes_the_example(kind: type[Event], whole: bool) -> None:
    event = example(kind, whole=whole)
    replay = heard(event)
    refused = [
        decode_contract(QuarantinedMessage, value)
        for value in replay.latest.get(topics.QUARANTINE, {}).values()
    ]
    assert refused == []
    assert authority(kind.type_name(), event.system) is Authority.OWNER
    assert event.environment is Environment.SYNTHETIC


@every_type
def test_a_whole_example_leaves_no_field_of_its_type_unsaid(kind: type[Event]) -> None:
    event = example(kind)
    for part in parts(kind):
        if part.name not in Event.model_fields:
            assert getattr(event, part.name) not in (None, ()), part.name


@every_type
def test_the_line_that_people_read_is_the_event(kind: type[Event]) -> None:
    line = example_line(kind)
    topic, message = from_line(line)
    event = example(kind)
    assert decode(message.value, message.headers).event == event
    assert topic == topics.inbound(event.system, event.partner)


def test_identifiers_of_the_examples_are_well_formed() -> None:
    forms = {
        Scheme.COI: "isbt128-coi",
        Scheme.DIN: "isbt128-din",
        Scheme.SEC: "sec",
        Scheme.SSCC: "gs1-sscc",
        Scheme.ORDER: "internal",
    }
    assert {scheme: parse(value, forms[scheme]) for scheme, value in VALUES.items()} == VALUES


def test_no_type_is_named_that_does_not_exist() -> None:
    assert set(THINGS) <= {event.type_name() for event in EVENTS}
