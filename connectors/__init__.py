"""How others speak: one folder per partner system, each translating into our events."""
