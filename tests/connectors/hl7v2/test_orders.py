"""Which specimen and which container belong to which order, in every arrangement of the standard."""

from __future__ import annotations

import pytest

from connectors.hl7v2.message import read
from connectors.hl7v2.orders import orders_of

HEADER = r"MSH|^~\&|LAB|NORTH|||20260301||{}|1|P|2.5.1"


def arranged(kind: str, *segments: str) -> list[tuple[str, list[str], list[str], list[str]]]:
    """Each order with its specimens, its containers and its results."""
    message = read("\r".join((HEADER.format(kind), *segments)).encode())
    return [
        (
            order.obr.text(3),
            [s.text(2, 1) for s in order.specimens],
            [c.text(3) for c in order.containers],
            [o.obx.text(3) for o in order.observations],
        )
        for order in orders_of(message)
    ]


def test_results_follow_their_order_and_specimens_follow_both() -> None:
    assert arranged("ORU^R01", "OBR|1||A", "OBX|1|NM|X", "SPM|1|S1", "OBR|2||B", "OBX|1|NM|Y") == [
        ("A", ["S1"], [], ["X"]),
        ("B", [], [], ["Y"]),
    ]


def test_r21_has_each_container_before_its_orders() -> None:
    segments = ("SAC|||C1", "OBR|1||A", "OBX|1|NM|X", "SAC|||C2", "OBR|2||B", "OBX|1|NM|Y")
    assert arranged("OUL^R21", *segments) == [
        ("A", [], ["C1"], ["X"]),
        ("B", [], ["C2"], ["Y"]),
    ]


def test_r22_has_a_specimen_and_all_its_containers_before_its_orders() -> None:
    segments = ("SPM|1|S1", "SAC|||C1", "SAC|||C2", "OBR|1||A", "OBX|1|NM|X")
    more = ("SPM|2|S2", "OBR|2||B", "OBX|1|NM|Y")
    assert arranged("OUL^R22", *segments, *more) == [
        ("A", ["S1"], ["C1", "C2"], ["X"]),
        ("B", ["S2"], [], ["Y"]),
    ]


def test_r23_has_orders_for_each_container_of_a_specimen() -> None:
    segments = ("SPM|1|S1", "SAC|||C1", "OBR|1||A", "OBX|1|NM|X", "SAC|||C2", "OBR|2||B")
    more = ("OBX|1|NM|Y", "SPM|2|S2", "SAC|||C3", "OBR|3||C", "OBX|1|NM|Z")
    assert arranged("OUL^R23", *segments, *more) == [
        ("A", ["S1"], ["C1"], ["X"]),
        ("B", ["S1"], ["C2"], ["Y"]),
        ("C", ["S2"], ["C3"], ["Z"]),
    ]


def test_r24_has_specimens_and_containers_behind_their_order() -> None:
    segments = ("OBR|1||A", "SPM|1|S1", "SAC|||C1", "OBX|1|NM|X", "OBR|2||B", "SPM|1|S2")
    assert arranged("OUL^R24", *segments) == [
        ("A", ["S1"], ["C1"], ["X"]),
        ("B", ["S2"], [], []),
    ]


@pytest.mark.parametrize("kind", ["OUL^R22", "OUL^R23"])
def test_what_is_seen_of_a_specimen_is_no_result_of_its_orders(kind: str) -> None:
    segments = ("SPM|1|S1", "OBX|1|ST|VOLUME", "SAC|||C1", "OBR|1||A", "OBX|1|NM|X")
    assert arranged(kind, *segments) == [("A", ["S1"], ["C1"], ["X"])]


def test_a_common_order_goes_before_its_order_or_behind_it() -> None:
    before = read(
        "\r".join((HEADER.format("ORU^R01"), "ORC|RE|1", "OBR|1||A", "OBR|2||B")).encode()
    )
    assert [o.orc is not None for o in orders_of(before)] == [True, False]
    behind = read(
        "\r".join((HEADER.format("OUL^R22"), "SPM|1|S1", "OBR|1||A", "ORC|RE|1")).encode()
    )
    assert [o.orc is not None for o in orders_of(behind)] == [True]
