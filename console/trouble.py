"""The one error that people see: what was found, and how to mend it."""

from __future__ import annotations


class Trouble(Exception):
    """Something a person has to mend; shown in one line, without a stack trace."""

    def __init__(self, found: str, remedy: str = "") -> None:
        super().__init__(found)
        self.found = found
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.found}: {self.remedy}" if self.remedy else self.found
