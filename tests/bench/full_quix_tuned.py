"""The full job on Quix Streams with its checkpoint opened by hand: each record once for each checkpoint."""

from __future__ import annotations

from tests.bench.full_quix import main

if __name__ == "__main__":
    main(tuned=True)
