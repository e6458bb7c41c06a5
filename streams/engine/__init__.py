"""Exactly-once Faust on librdkafka: the same agents and tables, results neither lost nor doubled."""

from streams.engine.app import App
from streams.engine.codec import Codec
from streams.engine.delivery import Batch, Batches
from streams.engine.exits import Refused
from streams.engine.pieces import Pieces
from streams.engine.settings import EngineSettings

__all__ = ["App", "Batch", "Batches", "Codec", "EngineSettings", "Pieces", "Refused"]
