"""Where it runs: Apache Kafka and the schema registry, natively or in containers."""
