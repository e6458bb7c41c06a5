"""A client that has died is not polled for ever, and a broker that is away is not told 20 times a second."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError, KafkaException

from streams.engine.complaints import Complaints


def test_a_fatal_error_is_raised_by_whoever_polls_next():
    complaints = Complaints("consumer")
    complaints.raise_if_fatal()
    complaints(KafkaError(KafkaError.FENCED_INSTANCE_ID, "fenced", fatal=True))
    with pytest.raises(KafkaException, match="fenced"):
        complaints.raise_if_fatal()


def test_a_passing_error_is_said_now_and_then_and_raised_by_nobody(caplog):
    complaints = Complaints("consumer")
    for _ in range(50):
        complaints(KafkaError(KafkaError._TRANSPORT, "connection refused"))
    complaints(KafkaError(KafkaError._ALL_BROKERS_DOWN, "all down"))
    complaints.raise_if_fatal()
    assert [r.message for r in caplog.records] == [
        "consumer: connection refused",
        "consumer: all down",
    ]


def test_a_refused_password_is_remembered():
    complaints = Complaints("administrator")
    complaints(KafkaError(KafkaError._AUTHENTICATION, "wrong password"))
    assert complaints.refusal == "wrong password"
