"""What becomes of every public laboratory sample, reviewed file by file.

All five result messages are clinical: blood counts, a stool culture, a skin biopsy, each of a named
patient. None names a batch or a course, so none may become a result of a therapy. The Allotrope documents
are of instruments: cell counts are read by their own names, other measures only where they are agreed (here
lactate and the number concentration of a digital PCR).
"""

from __future__ import annotations

from schemas.reasons import Reason

Row = tuple[str, object]

CLINICAL: Row = (
    "ignored",
    "a result about a patient that names no batch, course or agreed sample",
)

HL7V2: dict[str, Row] = {
    # blood count of a hospital patient; UTF-8 with a byte order mark, ranges written "4.3 to 6.2"
    "LRI_2.0-NG_CBC_Typ_Message.hl7": CLINICAL,
    # stool culture reported to a health department; OBX before the first OBR, RP and ED values
    "ORU-R01-01.hl7": CLINICAL,
    # slides of a skin biopsy: specimen before order, results are images; patient number in PID-3
    "OUL-R22-01.hl7": CLINICAL,
    "OUL-R22-02.hl7": CLINICAL,
    # the same slides, order before specimen
    "OUL-R24-01.hl7": CLINICAL,
}

NOT_AGREED: Row = ("ignored", "a measurement of nothing that is agreed")


def _results(number: int) -> Row:
    return "mapped", ("laboratory.ResultReported",) * number


ASM: dict[str, Row] = {
    # cycle thresholds of quantitative PCR
    "appbio_quantstudio__appbio_quantstudio_example05.json": NOT_AGREED,
    "appbio_quantstudio__appbio_quantstudio_minimal_broken_path_calc_doc.json": NOT_AGREED,
    "appbio_quantstudio__appbio_quantstudio_minimal_test01.json": NOT_AGREED,
    "appbio_quantstudio__appbio_quantstudio_minimal_test02.json": NOT_AGREED,
    "appbio_quantstudio__appbio_quantstudio_multiple_cal_doc_wells.json": NOT_AGREED,
    # particles by size
    "beckman_pharmspec__hiac_example_2.json": NOT_AGREED,
    "beckman_pharmspec__hiac_example_4.json": NOT_AGREED,
    "beckman_pharmspec__hiac_example_5.json": NOT_AGREED,
    # ten counts; the first file lacks the cell counts of one
    "beckman_vi_cell_blu__Beckman_Vi-Cell-BLU_example01.json": _results(48),
    "beckman_vi_cell_blu__Beckman_Vi-Cell-BLU_example01_utf16.json": _results(50),
    "beckman_vi_cell_blu__Beckman_Vi-Cell-BLU_example02.json": _results(25),
    "beckman_vi_cell_xr__Beckman_Vi-Cell-XR_example05_instrumentOutput.json": _results(20),
    "beckman_vi_cell_xr__Beckman_Vi-Cell-XR_example06_instrumentOutput.json": _results(15),
    "beckman_vi_cell_xr__Beckman_Vi-Cell-XR_example08_instrumentOutput.json": _results(5),
    # one count each, without cells counted; one without the total density
    "chemometec_nucleoview__chemometec_nucleoview_example02.json": _results(3),
    "chemometec_nucleoview__chemometec_nucleoview_example04.json": _results(2),
    "chemometec_nucleoview__chemometec_nucleoview_example05.json": _results(3),
    "chemometec_nucleoview__chemometec_nucleoview_example06.json": _results(3),
    # number concentrations, all at the beginning of the epoch
    "qiacuity_dpcr__qiacuity_dpcr_example01.json": ("refused", Reason.FIELD_INVALID.value),
    # lactate among other analytes
    "roche_cedex_bioht__roche_cedex_bioht_example01.json": _results(4),
    "roche_cedex_bioht__roche_cedex_bioht_example02.json": _results(4),
    "roche_cedex_bioht__roche_cedex_bioht_v7_example_01.json": _results(1),
    "roche_cedex_hires__roche_cedex_hires_example_2.json": _results(40),
    "roche_cedex_hires__roche_cedex_hires_example_3.json": _results(45),
    # fluorescence of DNA
    "thermo_fisher_qubit4__thermo_fisher_qubit4_example_1.json": NOT_AGREED,
    "thermo_fisher_qubit4__thermo_fisher_qubit4_example_4.json": NOT_AGREED,
}

DECISIONS: dict[str, Row] = {
    **{f"hl7v2/{name}": row for name, row in HL7V2.items()},
    **{f"asm_allotrope/{name}": row for name, row in ASM.items()},
    # an open certificate of analysis in XML, filled with placeholders
    "oagis_bod/NotifyBatchCertificateOfAnalysis.xml": ("refused", Reason.UNKNOWN_FORMAT.value),
}
"""HL7 v2 results, Allotrope documents, and XML, which is refused."""

FIRST_MEASUREMENTS: dict[str, tuple[dict[str, str], str, dict[str, tuple[float, str]]]] = {
    "beckman_vi_cell_blu__Beckman_Vi-Cell-BLU_example01.json": (
        {"SAMPLE": "CLB001", "device": "Vi-Cell BLU", "actor": "Vi-CELL"},
        "2022-03-21T16:56:00+00:00",
        {
            "viability (cell counter)": (96.9, "%"),
            "viable cell density (cell counter)": (0.75, "10^6 cells/mL"),
            "total cell density (cell counter)": (0.78, "10^6 cells/mL"),
            "total cell count": (2191, "cell"),
            "viable cell count": (2123, "cell"),
        },
    ),
    "beckman_vi_cell_blu__Beckman_Vi-Cell-BLU_example02.json": (
        {"SAMPLE": "CLB001", "device": "Vi-Cell BLU", "actor": "Vi-CELL"},
        "2021-09-20T16:28:00+00:00",
        {
            "viability (cell counter)": (92.03, "%"),
            "viable cell density (cell counter)": (0.69, "10^6 cells/mL"),
            "total cell density (cell counter)": (0.75, "10^6 cells/mL"),
            "total cell count": (1204, "cell"),
            "viable cell count": (1108, "cell"),
        },
    ),
    "beckman_vi_cell_xr__Beckman_Vi-Cell-XR_example05_instrumentOutput.json": (
        {"SAMPLE": "CLB001", "device": "AV123456789", "actor": "Vi-Cell XR"},
        "2023-03-02T08:31:38+00:00",
        {
            "viability (cell counter)": (98.4, "%"),
            "viable cell density (cell counter)": (3.06, "10^6 cells/mL"),
            "total cell density (cell counter)": (3.1, "10^6 cells/mL"),
            "total cell count": (1027, "cell"),
            "viable cell count": (1011, "cell"),
        },
    ),
    "chemometec_nucleoview__chemometec_nucleoview_example02.json": (
        {"SAMPLE": "cellsABCD", "device": "s/n 9000201099909999", "actor": "DrScientist"},
        "2023-11-20T18:03:00+00:00",  # 11:03 seven hours behind
        {
            "viability (cell counter)": (92.8, "%"),
            "viable cell density (cell counter)": (1.58, "10^6 cells/mL"),
            "total cell density (cell counter)": (1.7, "10^6 cells/mL"),
        },
    ),
    "roche_cedex_hires__roche_cedex_hires_example_2.json": (
        {
            "SAMPLE": "0618_F01",
            "BATCH": "TechDev_CD_N-1",
            "device": "3714019",
            "actor": "SuperUser",
        },
        "2019-06-18T07:46:47+00:00",
        {
            "viability (cell counter)": (95.29307556, "%"),
            "viable cell density (cell counter)": (4.5295425, "10^6 cells/mL"),
            "total cell density (cell counter)": (4.753276, "10^6 cells/mL"),
            "total cell count": (4504, "cell"),
            "viable cell count": (4292, "cell"),
        },
    ),
}
"""The first measurement of one file of each instrument, read by eye from the file: what, when, how much."""
