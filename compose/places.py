"""Where things lie on this machine: what is downloaded once, and what a local cluster keeps."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """What is downloaded once and shared by all projects of this user (`V2V_CACHE`)."""
    if named := os.environ.get("V2V_CACHE"):
        return Path(named).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "v2v"


def home_folder() -> Path:
    """What runs and is kept beside the work at hand (`V2V_HOME`, else `.v2v` here)."""
    return Path(os.environ.get("V2V_HOME") or ".v2v").expanduser().absolute()


def kafka_folder() -> Path:
    return home_folder() / "kafka"


def registry_folder() -> Path:
    return home_folder() / "registry"
