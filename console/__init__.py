"""Where people look: the v2v command."""
