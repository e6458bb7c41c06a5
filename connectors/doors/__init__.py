"""The ways in: a watched folder and an HTTP address, the same for every system. They know no domain word."""
