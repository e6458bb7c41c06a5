"""The messages that the connectors are tried on: their own samples, and those beside the project.

Each system's folder may hold
- `samples/NAME` with its golden file `samples/NAME.expected.json`,
- `partner.py` with `PARTNER`, the partner whose messages the samples are,
- `shared_samples.py` with `DECISIONS`, what becomes of each public sample of the first format,
- `planted.py` with `PLANTED`, the personal data that the samples carry on purpose.
"""

from __future__ import annotations

from importlib import import_module, util
from pathlib import Path

from connectors.connector import Partner, Raw
from connectors.pseudonyms import Pseudonyms
from schemas.envelope import System

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared" / "samples"
GOLDEN = ".expected.json"

TOKENS = Pseudonyms(domain="tests", key=bytes(range(32)))

FIRST_FORMATS: dict[str, tuple[str, ...]] = {
    "clinic": ("fhir_r4_official/*", "fhir_r4_cibmtr/*", "fhir_r5_source/*", "hl7v2/*"),
    "logistics": ("*/*",),
    "lims": ("hl7v2/*", "asm_allotrope/*", "oagis_bod/*"),
    "erp": ("*/*",),
    "mes": ("b2mml_courbon/*", "batchml/*"),
    "qms": ("s4_odata_records/*",),
}
"""Which public samples are of a system's first format, as patterns below its folder."""


def told(system: str, module: str, name: str, otherwise: object) -> object:
    """What a module of the system's test folder says, or something else when there is none."""
    path = f"tests.connectors.{system}.{module}"
    if util.find_spec(f"tests.connectors.{system}") is None or util.find_spec(path) is None:
        return otherwise
    return getattr(import_module(path), name)


def partner(system: str) -> Partner:
    """The partner whose messages the samples of a system are."""
    usual = Partner(name="example", system=System(system), zone="Europe/Berlin")
    found = told(system, "partner", "PARTNER", usual)
    assert isinstance(found, Partner)
    return found


def own_samples(system: str) -> tuple[Path, ...]:
    """The samples that were written for this project, in the order of their names."""
    folder = HERE / system / "samples"
    return tuple(
        file
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.name.endswith(GOLDEN)
    )


def messages(files: tuple[Path, ...], root: Path) -> list[Raw]:
    """The files as messages, named as seen from `root`."""
    return [Raw(file.relative_to(root).as_posix(), file.read_bytes()) for file in files]
