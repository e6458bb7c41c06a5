"""Tests of what the MES says, and of the simulated MES that says it."""
