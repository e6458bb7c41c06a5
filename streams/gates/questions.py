"""The gates of a journey, in the order in which they are passed. People decide; this says what is there."""

from __future__ import annotations

from schemas.record import Gate
from streams.gates import after_fill as product
from streams.gates import before_manufacture as material
from streams.gates.gate import Question

QUESTIONS: tuple[Question, ...] = (
    Question(
        Gate.COLLECTION_ALLOWED,
        "May the cells of this patient be collected?",
        "without consent, order and chain of identity nobody can prove later whose cells these are",
        asked_by="apheresis unit",
        source="proposal; the chain of identity by ISBT 128 ST-028 is assigned before or at the first collection",
        conditions=(
            material.consent_given,
            material.order_placed,
            material.course_named,
            *material.STANDING,
        ),
    ),
    Question(
        Gate.MANUFACTURE_ALLOWED,
        "May manufacture of the batch begin?",
        "cells of the wrong patient, or cells that were rejected, must not become a product",
        asked_by="production planner of the manufacturer",
        source="EU GMP Part IV: the material reconciles to the same individual at every step; the rest is a proposal",
        conditions=(
            material.material_received,
            material.identity_at_receipt,
            material.material_accepted,
            material.batch_named,
            material.consent_stands,
            material.nothing_held,
            *material.STANDING,
        ),
    ),
    Question(
        Gate.RELEASE_EVIDENCE,
        "Is the evidence for certification complete?",
        "the quality unit or the Qualified Person certifies on the whole of the evidence, or not",
        asked_by="quality unit, Qualified Person",
        source="release tests of the therapy profile; only the quality unit or the Qualified Person certifies (EU GMP Annex 11)",
        conditions=(product.release_evidence_whole,),
    ),
    Question(
        Gate.SHIPMENT_ALLOWED,
        "May the product leave the manufacturer?",
        "an uncertified product on its way to a patient may be infused",
        asked_by="logistics desk of the manufacturer",
        source="proposal; the four records out of specification by EU GMP Part IV, 11.53 and 11.54",
        conditions=(
            product.certified,
            product.batch_stands,
            product.deviations_closed,
            product.outside_path_whole,
            material.nothing_held,
            *material.STANDING,
        ),
    ),
    Question(
        Gate.PRODUCT_AVAILABLE,
        "Is the product available to the patient?",
        "everything at the clinic is planned from this word on",
        asked_by="order desk, treating physician",
        source="product information of Kymriah, Carvykti and Yescarta, as secondary sources give it",
        conditions=(product.confirmed_available, product.batch_stands, material.order_stands),
    ),
    Question(
        Gate.LYMPHODEPLETION_ALLOWED,
        "May lymphodepletion begin?",
        "from here the patient depends on the product, and there is no way back",
        asked_by="treating physician",
        source="product information of Kymriah, Carvykti and Yescarta: availability is confirmed before lymphodepletion",
        conditions=(
            product.confirmed_available,
            product.batch_stands,
            product.outside_path_whole,
            material.consent_stands,
            material.nothing_held,
            *material.STANDING,
        ),
    ),
    Question(
        Gate.THAW_ALLOWED,
        "May the product be thawed?",
        "a thawed product cannot be frozen again, and its clock runs",
        asked_by="cell laboratory of the treatment centre",
        source="product information of Yescarta and Carvykti: identity is checked before the bag leaves its cassette; the rest is a proposal",
        conditions=(
            product.product_received,
            product.certified_for_use,
            product.batch_stands,
            product.outside_path_whole,
            product.identity_before_thaw,
            product.centre_ready,
            material.consent_stands,
            material.nothing_held,
            *material.STANDING,
        ),
    ),
    Question(
        Gate.INFUSION_ALLOWED,
        "May the product be infused?",
        "the wrong patient's cells kill, and this is the last moment to stop",
        asked_by="bedside team, two persons",
        source="product information of Breyanzi: identifiers on label and certificate match the patient; the rest is a proposal",
        conditions=(
            product.thawed,
            product.certified_for_use,
            product.batch_stands,
            product.outside_path_whole,
            product.identity_at_bedside,
            material.consent_stands,
            material.nothing_held,
            *material.STANDING,
        ),
    ),
)
