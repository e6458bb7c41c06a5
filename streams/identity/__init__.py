"""Whose cells is this about? The second fold: one state for each identifier."""
