"""What may be said: the contracts of every message, without any input or output."""
