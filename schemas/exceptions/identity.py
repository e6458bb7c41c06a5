"""Who it is: one subject, one course, one batch, at every check."""

from __future__ import annotations

from schemas.exceptions.kind import HOUR, Ends, ExceptionKind, kind

KINDS: tuple[ExceptionKind, ...] = (
    kind(
        "ID-01",
        "Chain-of-identity mismatch at a check",
        "S1",
        "receiving-site-quality",
        "scan log, label record, second check, deviation number",
        (15, HOUR),
        Ends.BY_PERSON,
    ),
    kind(
        "ID-03",
        "One order with two courses",
        "S1",
        "identity-registry",
        "order history, signed decision to merge or void",
        (15, 4 * HOUR),
        Ends.BY_PERSON,
    ),
    kind(
        "ID-04",
        "Event that leads to no course",
        "S2",
        "integration-support",
        "the link from the system of record, or a corrected event",
        (HOUR, 8 * HOUR),
    ),
    kind(
        "ID-05",
        "Second identifier does not match",
        "S1",
        "site-quality",
        "both identifiers checked again by two persons",
        (15, HOUR),
        Ends.BY_PERSON,
    ),
    kind(
        "ID-06",
        "Donation or bags are not those collected",
        "S1",
        "collection-site",
        "collection record, bag list at receipt",
        (15, 2 * HOUR),
        Ends.BY_PERSON,
    ),
    kind(
        "ID-07",
        "Label reconciliation failed",
        "S2",
        "manufacturing-quality",
        "label log, line clearance",
        (HOUR, 8 * HOUR),
    ),
    kind(
        "ID-08",
        "Malformed identifier",
        "S2",
        "event-producer",
        "image of the label, corrected identifier",
        (HOUR, 8 * HOUR),
    ),
    kind(
        "ID-09",
        "Second person missing or the same",
        "S2",
        "site-lead",
        "late verification, deviation",
        (15, HOUR),
    ),
    kind(
        "ID-10",
        "Batch and course are not one to one",
        "S1",
        "erp-owner-quality",
        "batch genealogy",
        (15, HOUR),
        Ends.BY_PERSON,
    ),
)
