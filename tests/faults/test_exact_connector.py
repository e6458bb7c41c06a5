"""The harness of the connector bites: a promise that is broken on purpose is reported as a difference."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from connectors.connector import Mapped, Partner, Raw
from connectors.logistics.translate import translate
from connectors.pseudonyms import Withheld
from schemas import topics
from schemas.envelope import Event, System
from schemas.wire import to_message
from tests.connectors.messages import departure
from tests.connectors.running import Published
from tests.faults.connector_account import account

COMMAND = (sys.executable, "-m", "tests.faults.exact_connector", "--kills", "15", "--json")
TOPIC = topics.inbound("logistics", "courier")


def event(number: int) -> Event:
    about = Partner(name="courier", system=System.LOGISTICS)
    (decision,) = translate(Raw("", departure(number)), about, Withheld(), ())
    assert isinstance(decision, Mapped)
    return decision.events[0]


def message(number: int, partition: int = 0) -> Published:
    sent = to_message(event(number))
    assert sent.value is not None
    return Published(partition, str(event(number).event_id), sent.value, dict(sent.headers))


def ids(*numbers: int) -> list[str]:
    return [str(event(number).event_id) for number in numbers]


def test_what_was_sent_and_stands_there_in_order_is_exact() -> None:
    stands = [message(1), message(2), message(1), message(3, partition=1), message(2)]
    found = account(TOPIC, {"http": ids(1, 2, 3)}, stands)
    assert found.exact, found
    assert (found.sent, found.published, found.admitted) == (3, 5, 3)


def test_every_difference_is_counted() -> None:
    assert account(TOPIC, {"http": ids(1, 2)}, [message(1)]).lost == 1
    assert account(TOPIC, {"http": ids(1)}, [message(1), message(2)]).made_up == 1
    assert account(TOPIC, {"http": ids(1, 2)}, [message(2), message(1)]).out_of_order == 1
    assert account(TOPIC, {"a": ids(1), "b": ids(2)}, [message(2), message(1)]).exact
    other = event(1).model_copy(update={"checkpoint": "ELSEWHERE"})
    changed = Published(0, ids(1)[0], to_message(other).value or b"", {})
    found = account(TOPIC, {"http": ids(1)}, [message(1), changed])
    assert found.differing == 1
    assert not found.exact


@pytest.mark.slow
@pytest.mark.kafka
@pytest.mark.faults
@pytest.mark.parametrize("plant", ["answer-early", "forget-early", "place-first"])
def test_a_broken_promise_is_found(plant: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "V2V_BROKERS"}
    ended = subprocess.run(
        [*COMMAND, "--plant", plant],
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    assert json.loads(ended.stdout)["lost"] > 0
