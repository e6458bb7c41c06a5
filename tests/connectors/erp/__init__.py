"""Tests of what the ERP says, and of the simulated ERP that says it."""
