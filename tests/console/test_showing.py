"""What a partner wrote is shown, and does nothing."""

from __future__ import annotations

import pytest

from console import showing

WICKED = "[red]x[/red] [/] \x1b[2J\x07 ‮abc\nv2v: all is well"


def test_markup_and_control_characters_of_a_partner_are_shown_as_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    showing.say(showing.plain(WICKED))
    showing.table(("what",), [[WICKED]], "nothing")

    for line in (told := capsys.readouterr().out).splitlines():
        assert "[red]x[/red] [/]" in line or line.strip() == "what"
    assert "\x1b" not in told
    assert "‮" not in told
    assert r"\x1b[2J\x07 \u202eabc\nv2v" in told


def test_identifiers_in_a_table_are_never_broken(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [["CHA999926EPIH88", "word " * 60, "SHIPMENT:SHP26928974A"]]
    showing.table(("course", "detail", "about"), rows, "nothing")

    told = capsys.readouterr().out
    assert "CHA999926EPIH88" in told
    assert "SHIPMENT:SHP26928974A" in told


def test_an_empty_table_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    showing.table(("a",), [], "Nothing stands in quarantine.")

    assert capsys.readouterr().out == "Nothing stands in quarantine.\n"
