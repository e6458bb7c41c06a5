"""Publishes one laboratory result to a Kafka cluster without a schema registry.

    V2V_BROKERS=host:port [V2V_PARTNER=lab-1] python plain_cluster.py laboratory.ResultReported.avsc

Avro single-object encoding: two marking bytes, the fingerprint of the schema, the body.
"""

from __future__ import annotations

import io
import json
import os
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

import fastavro
from confluent_kafka import Producer
from fastavro.schema import fingerprint, to_parsing_canonical_form

schema = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
partner = os.environ.get("V2V_PARTNER", "lab-1")

# Your own key of the record, with its version: the id follows from it, so a repeat has the same id.
record = "result/4711/version/1"
event_id = uuid.uuid5(uuid.NAMESPACE_URL, f"https://{partner}.example/{record}")

event = {
    "event_id": event_id,
    "identifiers": [{"scheme": "SAMPLE", "value": "S-4711"}, {"scheme": "BATCH", "value": "B-17"}],
    "occurred_at": datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
    "system": "lims",
    "partner": partner,
    "environment": "synthetic",
    "test": "VIABILITY",
    "value": 87.5,
    "unit": "%",
    "low": 70.0,
    "high": 100.0,
    "verdict": "pass",
}

body = io.BytesIO()
fastavro.schemaless_writer(body, fastavro.parse_schema(schema), event, strict_allow_default=True)
mark = bytes.fromhex(fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"))

producer = Producer(
    {
        "bootstrap.servers": os.environ["V2V_BROKERS"],
        "enable.idempotence": True,
        "partitioner": "murmur2_random",  # as Kafka's own clients do
        **json.loads(os.environ.get("V2V_KAFKA", "{}")),
    }
)
failed = []
producer.produce(
    f"v2v.in.lims.{partner}",
    key=str(event_id),
    value=b"\xc3\x01" + mark + body.getvalue(),
    headers={"ce_type": "v2v.laboratory.ResultReported", "content-type": "application/avro"},
    on_delivery=lambda error, message: failed.append(error) if error else None,
)
left = producer.flush(30)
if left or failed:
    sys.exit(f"not sent: {failed[0] if failed else 'no answer in 30 seconds'}")
print(event_id)
