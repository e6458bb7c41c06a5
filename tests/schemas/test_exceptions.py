"""The catalogue of exceptions is whole: every code has a hazard, an owner, and times."""

from __future__ import annotations

from schemas.alert import Severity
from schemas.exceptions import EXCEPTION_BY_CODE, EXCEPTIONS, HAZARD_OF, Ends
from streams.detectors import DETECTORS
from streams.identity.asked import ASKED_OF_THINGS

REFERENCE = {  # code: severity, minutes to acknowledge, minutes to decide
    "ID-01": ("S1", 15, 60),
    "ID-02": ("S1", 15, 60),
    "ID-03": ("S1", 15, 240),
    "ID-04": ("S2", 60, 480),
    "ID-05": ("S1", 15, 60),
    "ID-06": ("S1", 15, 120),
    "ID-07": ("S2", 60, 480),
    "ID-08": ("S2", 60, 480),
    "ID-09": ("S2", 15, 60),
    "ID-10": ("S1", 15, 60),
    "ID-11": ("S1", 60, 480),
    "CU-01": ("S2", 60, 240),
    "CU-02": ("S2", 60, 480),
    "CU-03": ("S2", 60, 240),
    "CU-04": ("S2", 60, 480),
    "CU-05": ("S1", 15, 120),
    "CU-06": ("S1", 15, 60),
    "CU-07": ("S1", 15, 60),
    "CU-08": ("S2", 60, 480),
    "TW-01": ("S2", 15, 60),
    "TW-02": ("S2", 1440, 4320),
    "TW-03": ("S1", 15, 60),
    "TW-04": ("S3", 480, 1440),
    "TW-05": ("S2", 60, 480),
    "TW-06": ("S1", 5, 15),
    "TW-07": ("S2", 240, 1440),
    "TW-08": ("S2", 60, 240),
    "TW-09": ("S2", 240, 1440),
    "TW-10": ("S2", 30, 120),
    "TC-01": ("S1", 15, 60),
    "TC-02": ("S1", 15, 60),
    "TC-03": ("S2", 15, 60),
    "TC-04": ("S2", 30, 240),
    "TC-05": ("S2", 60, 480),
    "TC-06": ("S2", 60, 240),
    "TC-07": ("S1", 15, 60),
    "TC-08": ("S2", 240, 1440),
    "TC-09": ("S1", 15, 30),
    "SQ-01": ("S2", 60, 240),
    "SQ-02": ("S2", 60, 480),
    "SQ-03": ("S1", 15, 60),
    "SQ-04": ("S1", 15, 60),
    "SQ-05": ("S1", 15, 60),
    "SQ-06": ("S1", 5, 15),
    "SQ-07": ("S2", 60, 480),
    "SQ-08": ("S2", 60, 480),
    "QU-01": ("S2", 60, 1440),
    "QU-02": ("S2", 60, 1440),
    "QU-03": ("S1", 15, 60),
    "QU-04": ("S1", 60, 1440),
    "QU-05": ("S2", 240, 1440),
    "QU-06": ("S2", 240, 1440),
    "QU-07": ("S1", 15, 240),
    "QU-08": ("S1", 60, 1440),
    "QU-09": ("S3", 1440, 4320),
    "RE-01": ("S2", 240, 1440),
    "RE-02": ("S1", 15, 60),
    "RE-03": ("S1", 15, 60),
    "RE-04": ("S1", 15, 60),
    "RE-05": ("S2", 60, 720),
    "RE-06": ("S1", 15, 240),
    "RE-07": ("S1", 15, 60),
    "RE-08": ("S1", 15, 60),
    "SC-01": ("S2", 60, 480),
    "SC-02": ("S2", 30, 240),
    "SC-03": ("S2", 15, 60),
    "SC-04": ("S2", 240, 1440),
    "SC-05": ("S1", 30, 240),
    "SC-06": ("S2", 240, 1440),
    "SC-07": ("S2", 15, 60),
    "DI-02": ("S1", 15, 240),
    "DI-03": ("S2", 60, 480),
    "DI-04": ("S2", 480, 1440),
    "DI-05": ("S1", 15, 60),
    "DI-10": ("S2", 60, 480),
    "DI-08": ("S1", 60, 1440),
    "DI-09": ("S1", 60, 4320),
    "DI-11": ("S2", 60, 480),
    "IF-01": ("S2", 15, 60),
    "IF-02": ("S2", 15, 60),
    "IF-03": ("S2", 60, 480),
    "IF-04": ("S2", 60, 480),
    "IF-05": ("S1", 15, 240),
    "IF-06": ("S3", 480, 1440),
    "IF-07": ("S3", 480, 1440),
}


DECIDED_LATER = {
    "CU-05": 120,
    "DI-02": 240,
    "DI-08": 1440,
    "DI-09": 4320,
    "ID-11": 480,
    "ID-03": 240,
    "ID-06": 120,
    "IF-05": 240,
    "QU-04": 1440,
    "QU-07": 240,
    "QU-08": 1440,
    "RE-06": 240,
    "SC-05": 240,
}
"""Gravest exceptions whose decision takes longer: a new plan, an assessment, a search for a file, a report."""


def test_severity_and_times_are_those_of_the_taxonomy() -> None:
    found = {k.code: (k.severity, k.acknowledge_within, k.decide_within) for k in EXCEPTIONS}
    assert found == REFERENCE


def test_every_code_is_looked_for_once_and_nothing_else_is() -> None:
    looked_for = [detector.code for detector in DETECTORS] + list(ASKED_OF_THINGS)
    assert sorted(looked_for) == sorted(EXCEPTION_BY_CODE) == sorted(k.code for k in EXCEPTIONS)


def test_the_letters_of_a_code_name_its_hazard() -> None:
    for kind in EXCEPTIONS:
        assert kind.hazard is HAZARD_OF[kind.code[:2]]
    assert len(set(HAZARD_OF.values())) == len(HAZARD_OF) == 10


def test_identity_and_certificates_are_closed_by_people() -> None:
    by_person = {k.code for k in EXCEPTIONS if k.ends is Ends.BY_PERSON}
    certificates = {"RE-02", "RE-03", "RE-04", "RE-06", "RE-07", "RE-08"}
    identity = {"ID-01", "ID-02", "ID-03", "ID-05", "ID-06", "ID-10", "ID-11"}
    # what was decided is looked at again, and who may speak for a partner is reviewed
    assert by_person - certificates - identity == {"IF-04", "DI-05"}


def test_the_gravest_are_acted_on_first() -> None:
    for kind in EXCEPTIONS:
        assert kind.acknowledge_within <= kind.decide_within
        if kind.severity is Severity.S1:
            assert kind.decide_within <= DECIDED_LATER.get(kind.code, 60)
