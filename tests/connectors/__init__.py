"""Tests of the connectors, with one suite that holds all six to the same promises."""
