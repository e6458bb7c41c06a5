"""Whether every topic that an app leans on is there, with the right number of partitions.

Pure. Faust itself would wait for ever for a topic that nobody makes, and would cross partitions
that do not belong together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from streams.engine.exits import Refused


def check_topics(
    sources: Collection[str],
    changelogs: Mapping[str, int | None],
    others: Collection[str],
    found: Mapping[str, int],
) -> int:
    """Return the number of partitions that all sources share, or raise `Refused`.

    `changelogs` maps a changelog topic to the partitions its table declares (None: as the sources);
    `others` must only exist; `found` is what the cluster has.
    """
    wrong = [
        f"topic {name} does not exist: create it"
        for name in sorted({*sources, *others} - found.keys())
    ]
    counts = {name: found[name] for name in sorted(sources) if name in found}
    partitions = max(counts.values(), default=0)
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{name} has {count}" for name, count in counts.items())
        wrong.append(
            f"source topics must have the same number of partitions, but {listed}: "
            "create the odd ones anew"
        )
    for name, declared in sorted(changelogs.items()):
        want = declared or partitions
        if declared and partitions and declared != partitions:
            wrong.append(
                f"the table of {name} declares {declared} partitions, its source topics have "
                f"{partitions}: make them equal"
            )
        elif name not in found:
            wrong.append(
                f"changelog topic {name} does not exist: create it compacted with {want} partitions "
                "(app.create_changelogs() does)"
            )
        elif found[name] != want:
            wrong.append(
                f"changelog topic {name} has {found[name]} partitions, its source topics have {want}: "
                "delete it and create it anew, or mend the sources"
            )
    if wrong:
        raise Refused("; ".join(wrong))
    return partitions
