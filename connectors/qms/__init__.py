"""The quality unit's system: a notice that a record changed, and the record, both in the vendor's form."""

from __future__ import annotations

from connectors.connector import Connector, Partner
from connectors.qms.mapping import read
from connectors.qms.translate import translate
from schemas.envelope import System


def check(partner: Partner) -> None:
    """Refuse a mapping that cannot be used before the first message needs it."""
    read(partner.mapping)


CONNECTOR = Connector(
    System.QMS,
    "vendor JSON: a notice (Veeva or Salesforce shape) and the fetched record;"
    " SAP quality management: S/4HANA CloudEvents and OData records; by a mapping for each customer",
    translate,
    check=check,
    reads_cloudevents=True,
)
