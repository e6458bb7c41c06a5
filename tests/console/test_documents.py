"""The README says what the catalogues say, and the catalogues hold all there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connectors import CONNECTORS, load
from connectors.settings import ConnectorSettings
from console import catalogues, documents
from console.pages import pages
from console.settings import SETTINGS, VARIABLES
from console.tower.settings import SETTINGS as OF_THE_TOWER
from schemas.catalogue import EVENTS
from schemas.exceptions import EXCEPTIONS
from schemas.reasons import REMEDIES, Reason
from schemas.topics import HAZARDS, TOPICS
from streams.detectors import DETECTORS
from streams.identity.asked import ASKED_OF_THINGS
from streams.settings import WorkerSettings

ROOT = documents.README.parent
CODE = [
    p
    for name in ("schemas", "streams", "connectors", "console", "compose")
    for p in (ROOT / name).rglob("*.py")
]


@pytest.fixture(scope="module")
def readme() -> str:
    return documents.README.read_text(encoding="utf-8")


def part(readme: str, name: str) -> str:
    return next(m["body"] for m in documents.PART.finditer(readme) if m["name"] == name)


def test_the_readme_is_as_the_catalogues_say(readme: str) -> None:
    assert documents.differing(readme, documents.parts()) == []


def test_the_readme_is_short_enough_to_be_read(readme: str) -> None:
    assert len(readme.splitlines()) < 250


def test_every_file_that_the_readme_names_is_there(readme: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", readme):
        assert (ROOT / target).exists(), target


def test_a_part_that_differs_is_named_and_mended(
    readme: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "README.md"
    file.write_text(readme.replace("| `V2V_WORKER` |", "| `V2V_WORKERS` |"), encoding="utf-8")

    assert documents.main(["--check"], file) == 1
    assert "'settings'" in capsys.readouterr().err
    assert documents.main([], file) == 0
    assert file.read_text(encoding="utf-8") == readme


def test_a_part_that_nobody_generates_is_refused(
    readme: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "README.md"
    file.write_text(readme.replace("generated: reasons", "generated: dreams"), encoding="utf-8")

    assert documents.main(["--check"], file) == 1
    assert "dreams, reasons" in capsys.readouterr().err


def test_every_exception_has_its_detector_and_stands_on_its_page() -> None:
    told = (ROOT / "docs" / "exceptions.md").read_text("utf-8")
    asked = {detector.code for detector in DETECTORS} | set(ASKED_OF_THINGS)

    assert asked == {kind.code for kind in EXCEPTIONS}
    assert all(kind.code in told for kind in EXCEPTIONS)
    assert all(detector.what in told for detector in DETECTORS)


def test_every_reason_has_its_remedy_and_stands_in_the_readme(readme: str) -> None:
    told = part(readme, "reasons")

    assert set(REMEDIES) == set(Reason)
    assert all(f"| {reason.value} |" in told for reason in Reason)


def test_every_topic_stands_in_the_readme(readme: str) -> None:
    told = part(readme, "topics")

    for topic in TOPICS:
        hazard = topic.name.removeprefix("v2v.alerts.")
        assert hazard in HAZARDS if hazard != topic.name else f"`{topic.name}`" in told
    assert all(hazard.value in told for hazard in HAZARDS)


def test_every_topic_that_code_names_is_in_the_catalogue() -> None:
    known = {topic.name for topic in TOPICS}
    literal = re.compile(r'"(v2v\.(?:in|alerts)?[a-z.]+)"')
    named = {name for file in CODE for name in literal.findall(file.read_text("utf-8"))}
    named -= {"v2v.raw", "v2v.connect"}  # a type of line, and a logger

    assert {n for n in named if n not in known and not n.endswith(".")} == set()


def test_every_setting_that_code_reads_is_in_the_readme_or_on_the_page_of_the_tower(
    readme: str,
) -> None:
    told = part(readme, "settings") + pages()["tower.md"]
    named = {
        name
        for file in CODE
        for name in re.findall(r'"(V2V_[A-Z_]+)"', file.read_text(encoding="utf-8"))
    }

    assert named == {name for name, _, _ in (*SETTINGS, *OF_THE_TOWER)}
    assert all(f"| `{name}` |" in told for name in named)


def test_every_setting_of_a_connector_says_what_it_is_and_is_on_its_page() -> None:
    told = (ROOT / "docs" / "connecting.md").read_text("utf-8")

    for name, field in ConnectorSettings.model_fields.items():
        if name not in ("system", "brokers", "kafka"):
            assert f"_{name.upper()}` |" in told
            assert field.description


def test_every_setting_of_a_worker_that_people_may_set_has_a_field() -> None:
    assert set(VARIABLES) <= set(WorkerSettings.model_fields)
    assert set(VARIABLES.values()) <= {name for name, _, _ in SETTINGS}


def test_every_connector_stands_in_the_readme(readme: str) -> None:
    assert all(f"| {s} | {load(s).format} |" in part(readme, "connectors") for s in CONNECTORS)


@pytest.mark.parametrize("name", sorted(catalogues.CATALOGUES))
def test_every_catalogue_has_rows_of_one_shape(name: str) -> None:
    rows = catalogues.CATALOGUES[name]()

    assert rows
    assert len({tuple(row) for row in rows}) == 1


def test_the_pages_are_as_the_code_says() -> None:
    assert documents.stale(ROOT / "docs") == []


def test_every_exception_has_its_place_on_the_page_whether_or_not_it_is_looked_for() -> None:
    page = pages()["exceptions.md"]
    for row in catalogues.exceptions():
        assert f"### {row['code']} " in page or f"**{row['code']}** " in page, row["code"]


def test_every_event_type_has_its_place_on_the_page() -> None:
    page = pages()["events.md"]
    for event in EVENTS:
        assert f"### {event.type_name()}\n" in page


def test_a_page_that_was_changed_by_hand_is_named_and_mended(
    readme: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "README.md"
    file.write_text(readme, encoding="utf-8")
    assert documents.main([], file) == 0
    assert documents.main(["--check"], file) == 0
    page = tmp_path / "docs/exceptions.md"
    page.write_text(page.read_text(encoding="utf-8") + "by hand\n", encoding="utf-8")
    assert documents.main(["--check"], file) == 1
    assert "docs/exceptions.md" in capsys.readouterr().err
    assert documents.main([], file) == 0
    assert documents.stale(tmp_path / "docs") == []


def test_every_event_type_has_a_page_of_its_own_and_no_other_is_left_over() -> None:
    own = {f"events/{event.type_name()}.md" for event in EVENTS}
    assert own <= set(pages())
    assert {f"events/{page.name}" for page in (ROOT / "docs" / "events").iterdir()} == own
