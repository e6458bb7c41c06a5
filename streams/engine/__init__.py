"""What runs under the agents: exactly-once Faust on librdkafka."""
