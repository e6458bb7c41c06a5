"""Nothing that identifies a person in any sample reaches a topic, a log line, a metric or the health address."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors import CONNECTORS, load
from connectors.connector import Raw
from connectors.metrics import Metrics
from connectors.outbox import Outbox
from connectors.translation import Translation
from schemas.wire import WireMessage
from streams.replay import Replay
from tests.connectors.people import personal, said_in
from tests.connectors.specimens import HERE, SHARED, TOKENS, own_samples, partner, told


def messages(system: str) -> Iterator[Raw]:
    """Every sample of a system, ours and the public ones beside the project."""
    folders = [HERE / system / "samples", SHARED / system]
    for folder in folders:
        for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if file.is_file() and file.stat().st_size < 2_000_000:
                yield Raw(file.relative_to(folder).as_posix(), file.read_bytes())


def everything_said(system: str, raws: list[Raw], folder: Path) -> bytes:
    """All that leaves the connector for these messages, and all that the pipeline makes of it."""
    outbox, metrics = Outbox(folder / "outbox"), Metrics(system, partner(system).name)
    translation = Translation(load(system), partner(system), TOKENS)
    outbox.receive(raws, 0.0)
    while translation.step(outbox, 1_000, lambda: False):
        pass
    metrics.counts = outbox.counts()
    said: list[bytes] = [metrics.text(), repr(sorted(outbox.counts())).encode()]
    replay = Replay()
    while lines := outbox.unpublished(1_000):
        for _, line in lines:
            said += [line.key, line.value or b"", *(content for _, content in line.headers)]
            if line.topic.startswith("v2v.in."):
                replay.take(line.topic, WireMessage(line.key, line.value, line.headers))
        outbox.published([place for place, _ in lines])
    replay.finish()
    for topic, kept in replay.latest.items():
        said += [topic.encode(), *(key.encode() for key in kept), *kept.values()]
    said += replay.alerts
    outbox.close()
    return b"\0".join(said).lower()


@pytest.mark.parametrize("system", CONNECTORS)
def test_nobody_is_named_outside_the_connector(
    system: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    raws = list(messages(system))
    said = everything_said(system, raws, tmp_path) + caplog.text.lower().encode()
    planted = told(system, "planted", "PLANTED", ())
    assert isinstance(planted, tuple)
    values = set(planted).union(*(personal(raw.body) for raw in raws))
    assert values
    leaked = sorted(value for value in values if said_in(value, said))
    assert leaked == []


def test_the_scanner_finds_people_where_the_standards_put_them() -> None:
    hl7 = (
        b"MSH|^~\\&|A|B\rPID|1||MRN-778^^^H^MR||DOE^JANE||19800102|F|||1 LONG STREET^^TOWN^^12345\r"
    )
    assert personal(hl7) == {"MRN-778", "JANE", "19800102", "1 LONG STREET", "TOWN"}
    fhir = (
        b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "id": "p-17",'
        b'"identifier": [{"system": "urn:mrn", "value": "MRN-778"}], "birthDate": "1980-01-02",'
        b'"name": [{"family": "Doering", "given": ["Jane"]}], "gender": "female"}},'
        b'{"resource": {"resourceType": "Observation", "valueString": "Jane"}}]}'
    )
    assert personal(fhir) == {"MRN-778", "1980-01-02", "Doering"}, "Jane is said elsewhere too"


def test_the_scanner_is_not_blind() -> None:
    """The planted mistake: a value that does leave is found, in any case and either form of a date."""
    assert said_in("Doering", b"\x00\x02doering\x04")
    assert said_in("1980-01-02", b'{"note": "born 19800102"}')
    assert not said_in("Doering", b"doeringer")
    assert not said_in("778", b"sub-77812")


def test_a_connector_that_forgot_its_patients_is_found_out(tmp_path: Path) -> None:
    """The whole way: were the patient's number let through as it is, the scan would say so."""

    class Open:
        def subject(self, issuer: str, value: str) -> str:
            return f"SUB-{value}-of-{issuer}"

        def staff(self, issuer: str, value: str) -> str:
            return f"STAFF-{value}"

    raws = [Raw(file.name, file.read_bytes()) for file in own_samples("clinic")]
    outbox = Outbox(tmp_path / "outbox")
    translation = Translation(load("clinic"), partner("clinic"), Open())
    outbox.receive(raws, 0.0)
    while translation.step(outbox, 1_000, lambda: False):
        pass
    said = b"".join(line.value or b"" for _, line in outbox.unpublished(10_000)).lower()
    outbox.close()
    assert any(said_in(value, said) for raw in raws for value in personal(raw.body))
