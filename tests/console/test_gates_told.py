"""A record says of each gate what is asked, what is missing, and what speaks for or against."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.text import Text

from console import catalogues
from console.gates_told import told_of_gates
from console.pages import pages
from schemas.quality import HoldPlaced, OosState
from schemas.record import Gate
from streams.gates import QUESTIONS
from tests.console.conftest import Ask
from tests.streams.detectors.outside import case, home, missed, path
from tests.streams.gates.words import COURSE, journey, step
from tests.words import heard, records


def told(*story) -> str:
    found = records(heard(*story))[COURSE]
    return "\n".join(Text.from_markup(line).plain for line in told_of_gates(found))


def test_a_gate_that_passes_names_what_it_rests_on() -> None:
    lines = told(*journey())
    assert lines.count("satisfied  ") == len(QUESTIONS)
    assert "missing" not in lines
    assert "rests on: ordering.AvailabilityConfirmed 2026-03-03" in lines


def test_a_gate_that_does_not_pass_says_what_is_missing() -> None:
    lines = told(*journey("certificate")).splitlines()
    place = next(n for n, line in enumerate(lines) if "leave the manufacturer?" in line)
    assert lines[place].startswith("  unknown ")
    assert lines[place + 1].strip() == "missing: certificate of the quality unit"


def test_a_gate_that_is_refused_names_what_speaks_against_it() -> None:
    lines = told(*journey(), step(HoldPlaced, 60, "HOLD:[red]Q"))
    assert "not satisfied  May the product be infused?" in lines
    assert "against it: quality.HoldPlaced 2026-03-04" in lines
    assert "hold [red]Q lifted: not satisfied" in lines  # a partner's words colour nothing


def test_a_batch_out_of_specification_shows_how_far_it_is() -> None:
    lines = told(*journey(), missed(), *path(OosState.ACCEPTED), *home(50))
    assert "B-1: notified, since 2026-03-03 04:00Z" in lines
    assert "not to be used without: acceptance by the physician" in lines
    assert "authorities to be told by 2026-03-06 10:00Z" in lines
    done = told(*journey(), missed(), *path(), *home(50), case(OosState.AUTHORITY_NOTIFIED, 60))
    assert "B-1: authority notified" in done
    assert "not to be used without" not in done


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.gate.value)
def test_the_page_of_gates_says_who_asks_what_must_be_so_and_why(question) -> None:
    page = pages()["gates.md"]
    kept = Path(__file__).parents[2] / "docs" / "gates.md"
    assert kept.read_text("utf-8") == page
    for text in (question.asks, question.gate.value, question.asked_by, question.source):
        assert text in page
    for held in question.conditions:
        assert held.what in page
        assert all(f"`{kind.type_name()}`" in page for kind in held.reads)


def test_the_catalogue_of_gates_holds_every_gate(ask: Ask) -> None:
    rows = ask("catalogue", "gates", "--json").json
    assert {row["gate"] for row in rows} == {*Gate} - {Gate.UNKNOWN_TO_READER}
    assert rows == catalogues.gates()
    assert all(row["satisfied_by"] for row in rows)
