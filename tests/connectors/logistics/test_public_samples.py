"""What the tables of public samples cannot say in one row."""

from __future__ import annotations

import pytest

from connectors.connector import Mapped, Raw, Refused
from connectors.logistics import CONNECTOR, epcis_xml, names
from connectors.logistics.fingerprint import event_hash
from connectors.understand import understand
from schemas.reasons import Reason
from tests.connectors.specimens import SHARED, TOKENS, partner

pytestmark = pytest.mark.samples

FOLDER = SHARED / "logistics"


def body(name: str) -> bytes:
    if not FOLDER.is_dir():
        pytest.skip("the public samples are not beside the project (../shared/samples)")
    return (FOLDER / name).read_bytes()


def test_a_hand_over_is_told_although_its_temperature_has_no_unit() -> None:
    raw = Raw("x", body("openepcis/2.0__JSON__Capture__Documents__JumbledFieldsOrder.json"))
    told, set_aside = understand(CONNECTOR, raw, partner("logistics"), TOKENS)
    assert isinstance(told, Mapped)
    assert [e.type_name() for e in told.events] == ["transport.CustodyHandedOver"]
    assert isinstance(set_aside, Refused)
    assert set_aside.reason is Reason.UNIT_UNKNOWN


@pytest.mark.parametrize(
    "name",
    [
        "epcisDocWith2DifferentTransformationEvents",
        "epcisDocWithTransformationEventWithExtension",
    ],
)
def test_events_in_xml_have_the_published_hashes(name: str) -> None:
    read = epcis_xml.read(body(f"epcis_hash_vectors/{name}.xml"))
    assert not isinstance(read, str)
    found = [event_hash(e, names.prefixes(read.context)) for e in read.events]  # type: ignore[arg-type]
    assert found == body(f"epcis_hash_vectors/{name}.hashes").decode().split()
