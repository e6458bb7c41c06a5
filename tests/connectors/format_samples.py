"""The formats that the connectors read, and the samples of each: our own, and the public ones where they are."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from connectors.connector import Raw
from tests.connectors.specimens import SHARED, own_samples

LARGEST = 30_000
"""Bytes of a public sample that is still taken: one large document is no better to bend than a small one."""


class Format(NamedTuple):
    """One way in which one system's messages are written."""

    system: str
    name: str
    own: tuple[str, ...]
    """Patterns of the names of our own samples."""
    public: tuple[str, ...] = ()
    """Folders of the public samples."""

    @property
    def title(self) -> str:
        """The system and the format."""
        return f"{self.system}: {self.name}"


FORMATS = (
    Format("clinic", "FHIR", ("*.json",), ("fhir_r4_official", "fhir_r4_cibmtr", "fhir_r5_source")),
    Format("clinic", "HL7 v2", ("*.hl7",), ("hl7v2",)),
    Format("logistics", "EPCIS in JSON", ("0*.json*", "10_*"), ("openepcis",)),
    Format("logistics", "EPCIS in XML", ("1[1-9]_*.xml",)),
    Format("logistics", "courier webhooks", ("2*.json",), ("courier_easypost",)),
    Format("logistics", "ONE Record", ("3*.json",), ("iata_one_record",)),
    Format("logistics", "logger files", ("4*.csv",)),
    Format("lims", "HL7 v2", ("*.hl7",), ("hl7v2",)),
    Format("lims", "ASM", ("asm_*",), ("asm_allotrope",)),
    Format("lims", "ASTM", ("astm_*",)),
    Format("erp", "IDoc in XML", ("*.xml",), ("idoc_xml",)),
    Format("erp", "flat IDoc", ("flat_*",), ("idoc_flat",)),
    Format("erp", "S/4HANA", ("*.json",), ("cloudevents", "s4_odata_records")),
    Format("mes", "B2MML", ("v0*.xml", "bare_*.xml"), ("b2mml_courbon",)),
    Format("mes", "BatchML", ("batchml_*",), ("batchml",)),
    Format("qms", "notice and record", ("[01]*.json", "41_*")),
    Format("qms", "SAP", ("3*.json", "40_*"), ("s4_odata_records",)),
)


@cache
def samples(form: Format) -> tuple[Raw, ...]:
    """The messages of a format, named as seen from their folder."""
    own = [f for f in own_samples(form.system) if any(f.match(p) for p in form.own)]
    return tuple(Raw(f.name, f.read_bytes()) for f in (*own, *_public(form)))


def _public(form: Format) -> list[Path]:
    folders = [SHARED / form.system / name for name in form.public]
    found = [f for folder in folders if folder.is_dir() for f in sorted(folder.iterdir())]
    return [f for f in found if f.is_file() and f.stat().st_size <= LARGEST]
