"""Metrics tell what the outbox has counted, and how it does now."""

from __future__ import annotations

from collections import Counter

from connectors.kept import Backlog
from connectors.metrics import Metrics


def test_counts_and_gauges_are_told_with_their_connector() -> None:
    metrics = Metrics("lims", "lab-a")
    metrics.counts = Counter({("received", "first"): 7, ("refused", "unit_unknown"): 2})
    metrics.show(Backlog(received=3, lines=4, held=1, bytes=90), 1_772_359_200.0, broker_up=False)
    told = set(metrics.text().decode().splitlines())
    about = 'partner="lab-a",system="lims"'
    assert {
        f'v2v_connector_received_total{{kind="first",{about}}} 7.0',
        f'v2v_connector_refused_total{{kind="unit_unknown",{about}}} 2.0',
        f"v2v_connector_outbox_backlog{{{about}}} 7.0",
        f"v2v_connector_outbox_bytes{{{about}}} 90.0",
        f"v2v_connector_outbox_held{{{about}}} 1.0",
        f"v2v_connector_broker_up{{{about}}} 0.0",
        f"v2v_connector_last_message_timestamp_seconds{{{about}}} 1.7723592e+09",
    } <= told
    assert metrics.sums()["received"] == 7
    assert metrics.sums()["mapped"] == 0


def test_two_connectors_in_one_process_do_not_meet() -> None:
    one, other = Metrics("lims", "lab-a"), Metrics("lims", "lab-a")
    one.counts = Counter({("received", "first"): 7})
    assert b"received_total{" not in other.text()
