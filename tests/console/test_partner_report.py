"""Every message of a partner has exactly one fate, and it is the one that the topics show."""

from __future__ import annotations

from datetime import UTC, datetime

from console.partner_report import Received, connector_refusals, counted, fates
from console.partner_verbs import WORKERS
from schemas import topics
from schemas.control import QuarantinedMessage
from schemas.laboratory import ResultReported
from schemas.wire import WireMessage, encode_contract, to_message
from streams.app import APP_ID
from tests.words import PARTNER, heard, said

TOPIC = topics.inbound("lims", PARTNER)
RESULT = said(ResultReported, "SAMPLE:S-1", test="VIABILITY")


def received(offset: int, message: WireMessage | None = None) -> Received:
    return Received(
        TOPIC, 0, offset, datetime(2026, 3, 2, tzinfo=UTC), message or to_message(RESULT)
    )


def outcomes(*latest: Received, earlier: tuple[Received, ...] = (), read_to: int = 99) -> list[str]:
    replay = heard(*((one.topic, one.message) for one in (*earlier, *latest)))
    by_key: dict[tuple[str, int, bytes], list[Received]] = {}
    for one in (*earlier, *latest):
        by_key.setdefault((TOPIC, 0, one.message.key or b""), []).append(one)
    found = fates(
        latest,
        by_key,
        {(TOPIC, 0): read_to},
        replay.latest.get(topics.QUARANTINE, {}),
        replay.latest.get(topics.WAITING, {}),
    )
    assert sum(counted(found).values()) == len(latest)
    return [fate.outcome for fate in found]


def test_what_no_worker_has_read_has_no_fate_yet() -> None:
    assert outcomes(received(4), received(5), read_to=5) == ["waiting", "not read yet"]


def test_a_repeat_is_doubled_and_the_first_one_waits() -> None:
    assert outcomes(received(1), received(2)) == ["waiting", "doubled"]


def test_a_repeat_of_what_came_before_the_window_is_doubled_too() -> None:
    assert outcomes(received(2), earlier=(received(1),)) == ["doubled"]


def test_other_content_under_one_id_concerns_both() -> None:
    other = to_message(RESULT.model_copy(update={"test": "STERILITY"}))
    assert outcomes(received(1), received(2, other)) == ["quarantined", "quarantined"]


def test_what_nobody_can_read_is_quarantined_with_its_reason() -> None:
    for message in (WireMessage(b"k", None), WireMessage(None, b"\xc3\x01junk")):
        assert outcomes(received(1, message)) == ["quarantined"]


def test_an_event_that_names_its_course_is_admitted() -> None:
    named = to_message(RESULT.model_copy(update={"coi": "CHA999926000001"}))
    assert outcomes(received(1, named)) == ["admitted"]


def test_what_a_connector_refused_is_counted_by_reason() -> None:
    def entry(partner: str, stage: str = "connector", cleared: bool = False) -> bytes:
        return encode_contract(
            QuarantinedMessage(
                quarantine_id=RESULT.event_id,
                reason="not_well_formed",
                detail="",
                remedy="",
                stage=stage,
                topic=TOPIC,
                key=None,
                value=None,
                partner=partner,
                cleared=cleared,
            )
        )

    kept = {
        "a": entry(PARTNER),
        "b": entry(PARTNER),
        "c": entry("other"),
        "d": entry(PARTNER, "admission"),
        "e": entry(PARTNER, cleared=True),
    }
    assert connector_refusals(kept, PARTNER) == {"not_well_formed": 2}


def test_the_group_that_is_asked_is_the_workers_own() -> None:
    assert WORKERS == APP_ID
