"""What the tower is told by the environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator

from console.trouble import Trouble
from schemas.contract import Contract

SETTINGS: tuple[tuple[str, str, str], ...] = (
    ("V2V_TOWER_LISTEN", "127.0.0.1:8060", "where the tower listens, behind a proxy that ends TLS"),
    (
        "V2V_TOWER_ADDRESS",
        "http:// and where it listens",
        "the address people type; forms from any other are refused, and https makes cookies secure",
    ),
    (
        "V2V_TOWER_FOLDER",
        "tower in V2V_HOME",
        "its folder: people.sqlite is kept, read.sqlite may be thrown away",
    ),
    ("V2V_TOWER_SILENT_SECONDS", "30", "after how long without a message it says so on every page"),
    (
        "V2V_TOWER_CLOCK",
        "wall",
        "what time left is counted from: wall is this machine's clock, stream the time that ticks tell",
    ),
    (
        "V2V_TOWER_METRICS",
        "none",
        "where Prometheus may ask for counts, such as 127.0.0.1:8061; open to whoever reaches it",
    ),
    (
        "V2V_TOWER_OIDC_ISSUER",
        "none",
        "sign-in by this OpenID Connect issuer; none leaves local accounts only",
    ),
    ("V2V_TOWER_OIDC_CLIENT", "v2v-tower", "the client id that the issuer knows the tower by"),
    ("V2V_TOWER_OIDC_SECRET_FILE", "none", "the file with the client's secret"),
    ("V2V_TOWER_OIDC_ROLES", "roles", "the claim with the roles, parts by dots"),
    (
        "V2V_TOWER_OIDC_SITES",
        "sites",
        "the claim with the sites; * means all, none means no course",
    ),
    (
        "V2V_TOWER_OIDC_STAFF_CODE",
        "staff_code",
        "the claim with the code by which the log names a person",
    ),
)
"""(name, default, meaning) of every setting of the tower; the console's own settings count too."""

FIELDS = {
    "listen": "V2V_TOWER_LISTEN",
    "address": "V2V_TOWER_ADDRESS",
    "folder": "V2V_TOWER_FOLDER",
    "silent_seconds": "V2V_TOWER_SILENT_SECONDS",
    "clock": "V2V_TOWER_CLOCK",
    "metrics": "V2V_TOWER_METRICS",
    "oidc_issuer": "V2V_TOWER_OIDC_ISSUER",
    "oidc_client": "V2V_TOWER_OIDC_CLIENT",
    "oidc_secret_file": "V2V_TOWER_OIDC_SECRET_FILE",
    "oidc_roles": "V2V_TOWER_OIDC_ROLES",
    "oidc_sites": "V2V_TOWER_OIDC_SITES",
    "oidc_staff_code": "V2V_TOWER_OIDC_STAFF_CODE",
}


class TowerSettings(Contract):
    """Everything that a tower is started with."""

    listen: Annotated[str, Field(pattern=r"^[^:\s]+:\d{1,5}$")] = "127.0.0.1:8060"
    address: str = ""
    folder: Path
    silent_seconds: Annotated[float, Field(gt=0)] = 30
    clock: Literal["wall", "stream"] = "wall"
    metrics: Annotated[str, Field(pattern=r"^[^:\s]+:\d{1,5}$")] | None = None
    oidc_issuer: str | None = None
    oidc_client: str = "v2v-tower"
    oidc_secret_file: Path | None = None
    oidc_roles: str = "roles"
    oidc_sites: str = "sites"
    oidc_staff_code: str = "staff_code"

    @field_validator("address", "oidc_issuer")
    @classmethod
    def _an_origin(cls, address: str | None) -> str | None:
        if not address:
            return address
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("write an address with http:// or https://")
        return address.rstrip("/")

    @property
    def origin(self) -> str:
        """The address that people type, without a path."""
        return self.address or f"http://{self.listen}"

    @property
    def host(self) -> str:
        """The host and port that a request must name."""
        return urlsplit(self.origin).netloc

    @property
    def secure(self) -> bool:
        """Whether people reach it by TLS only."""
        return self.origin.startswith("https://")

    @property
    def people(self) -> Path:
        """The file that is kept."""
        return self.folder / "people.sqlite"

    @property
    def read_model(self) -> Path:
        """The file that may be thrown away."""
        return self.folder / "read.sqlite"


def tower_settings(environment: Mapping[str, str], home: Path) -> TowerSettings:
    """The settings of the environment, checked; one clear error for a wrong one."""
    given = {field: environment[name] for field, name in FIELDS.items() if environment.get(name)}
    try:
        return TowerSettings.model_validate({"folder": home / "tower", **given})
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        name = FIELDS[str(first["loc"][0])]
        raise Trouble(f"{name}: found {first['input']!r}", first["msg"].lower()) from None
