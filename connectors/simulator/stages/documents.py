"""The documents that a release rests on: where each lies, and the digest of its content."""

from __future__ import annotations

import hashlib

from connectors.simulator.course import Course


def document(course: Course, kind: str, version: int = 1) -> dict[str, str]:
    """A document of the batch; another version of it lies in the same place and has another digest."""
    content = f"{course.seed}/{course.journey}/{kind}/{version}"
    return {
        "uri": f"https://documents.example/{course.names.batch}/{kind}.pdf",
        "sha256": hashlib.sha256(content.encode()).hexdigest(),
        "kind": kind,
    }
