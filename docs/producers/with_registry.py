"""Publishes one laboratory result to a Kafka cluster with a schema registry (Confluent's interface).

    V2V_BROKERS=host:port V2V_REGISTRY=http://host:port [V2V_PARTNER=lab-1] \
        python with_registry.py laboratory.ResultReported.avsc

The subject is the full name of the event type; the serializer registers the schema and frames the value.
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient, record_subject_name_strategy
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

schema = Path(sys.argv[1]).read_text(encoding="utf-8")
partner = os.environ.get("V2V_PARTNER", "lab-1")
topic = f"v2v.in.lims.{partner}"

# Your own key of the record, with its version: the id follows from it, so a repeat has the same id.
record = "result/4712/version/1"
event_id = uuid.uuid5(uuid.NAMESPACE_URL, f"https://{partner}.example/{record}")

event = {
    "event_id": event_id,
    "identifiers": [{"scheme": "SAMPLE", "value": "S-4712"}, {"scheme": "BATCH", "value": "B-17"}],
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

registry = SchemaRegistryClient({"url": os.environ["V2V_REGISTRY"]})
serialize = AvroSerializer(
    registry, schema, conf={"subject.name.strategy": record_subject_name_strategy}
)
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
    topic,
    key=str(event_id),
    value=serialize(event, SerializationContext(topic, MessageField.VALUE)),
    headers={"ce_type": "v2v.laboratory.ResultReported", "content-type": "application/avro"},
    on_delivery=lambda error, message: failed.append(error) if error else None,
)
left = producer.flush(30)
if left or failed:
    sys.exit(f"not sent: {failed[0] if failed else 'no answer in 30 seconds'}")
print(event_id)
