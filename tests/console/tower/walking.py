"""Reading a page as somebody reads it: the rows of its tables, the terms of its lists, the times that it shows."""

from __future__ import annotations

import re
from html.parser import HTMLParser


class _Rows(HTMLParser):
    """The cells of every row of every table body, each as one line of text."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._in_body = False
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tbody":
            self._in_body = True
        elif tag == "tr" and self._in_body:
            self.rows.append([])
        elif tag in ("td", "th") and self._in_body:
            self._cell = []
        elif self._cell is not None:
            self._cell.append(" ")  # a part of its own

    def handle_endtag(self, tag: str) -> None:
        if tag == "tbody":
            self._in_body = False
        elif tag in ("td", "th") and self._cell is not None:
            self.rows[-1].append(" ".join("".join(self._cell).split()))
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)


def rows_of(page: str) -> list[list[str]]:
    """The rows of the tables of a page."""
    reading = _Rows()
    reading.feed(page)
    return reading.rows


def section(page: str, name: str) -> str:
    """The part of a page under the heading with this name."""
    found = re.search(rf'<section[^>]* aria-labelledby="{name}">(.*?)</section>', page, re.DOTALL)
    assert found is not None, f"no section {name}"
    return found[1]


def text_of(part: str) -> str:
    """What somebody reads of a part of a page, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", part).split())


def amount_of(page: str) -> str:
    """What a list says of how much there is."""
    found = re.search(r'<p class="amount">(.*?)</p>', page, re.DOTALL)
    assert found is not None
    return text_of(found[1])


def links_of(part: str, prefix: str) -> list[str]:
    """What the links of a part of a page lead to, of those that begin so."""
    return re.findall(rf'href="{re.escape(prefix)}([^"#]+)', part)
