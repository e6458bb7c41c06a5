"""What the fault runs of the line publish, and the account of it."""

from __future__ import annotations

from schemas import topics
from schemas.collection import CollectionScheduled
from schemas.envelope import System
from schemas.quality import MaterialLotRecalled
from tests.faults.line_account import account
from tests.faults.line_traffic import parted, partners_of, traffic
from tests.words import at, said, sent


def test_every_partner_that_the_traffic_names_is_known_beside_those_of_the_play() -> None:
    second = said(CollectionScheduled, "ORDER:O-1", partner="hospital-9", planned_at=at(9))
    partners = partners_of([sent(second)])
    assert ("clinic", "hospital-9") in partners
    assert ("mes", "maker-1") in partners


def test_no_line_of_the_traffic_is_for_a_partner_that_nobody_knows() -> None:
    lines = traffic(300, seed=7, partitions=2)
    known = {topics.inbound(*pair) for pair in partners_of(lines)}
    assert {topic for topic, _ in lines if topic.startswith("v2v.in.")} <= known


def test_each_part_holds_its_share_of_what_is_said_besides_time() -> None:
    lines = traffic(300, seed=7, partitions=2)
    parts = parted(lines, (0.5, 0.3, 0.2), partitions=2)
    counts = [sum(topic != topics.TICKS for topic, _ in part) for part in parts]
    total = sum(topic != topics.TICKS for topic, _ in lines)
    assert sum(counts) == total
    assert counts == [round(0.5 * total), round(0.8 * total) - round(0.5 * total), counts[2]]
    assert all(part[-1][0] == topics.TICKS for part in parts)


def test_a_recall_enters_no_record_and_is_admitted_all_the_same() -> None:
    recall = said(MaterialLotRecalled, "MATERIAL_LOT:V-1", system=System.QMS, partner="maker-1")
    found = account([sent(recall)], records=[], quarantine=[], waiting=[])
    assert found.balanced
    assert found.total("admitted") == 1


def test_a_fact_about_an_order_that_stands_in_no_record_is_lost() -> None:
    fact = said(CollectionScheduled, "ORDER:O-1", partner="hospital-1", planned_at=at(9))
    found = account([sent(fact)], records=[], quarantine=[], waiting=[])
    assert not found.balanced
    assert len(found.lost) == 1
