"""The whole simulated network is understood: each clinic and laboratory fact as it was meant."""

from __future__ import annotations

import pytest

from connectors import load
from connectors.connector import Mapped, Partner, Raw
from connectors.simulator.journey import tell_journeys
from connectors.simulator.network import RENDERERS
from schemas.envelope import Event, System
from tests.connectors.clinic.envelopes import OpenTokens, as_said


@pytest.mark.parametrize("system", [System.CLINIC, System.LIMS])
def test_what_the_simulated_partners_say_is_understood_as_it_was_meant(system: System) -> None:
    told = 0
    for journey in tell_journeys(12, seed=7):
        own = [
            event
            for line in journey.script.lines
            if (event := line.event(journey.course)).system is system
        ]
        for event, message in zip(own, RENDERERS[system](own), strict=True):
            told += 1
            speaker = Partner(event.partner, system, environment=event.environment)
            found = _events(load(system), Raw(message.name, message.body), speaker)
            assert [as_said(each) for each in found] == [as_said(event)]
    assert told > 100


def _events(connector: object, raw: Raw, speaker: Partner) -> list[Event]:
    decisions = connector.translate(raw, speaker, OpenTokens(), ())  # type: ignore[attr-defined]
    return [event for d in decisions if isinstance(d, Mapped) for event in d.events]
