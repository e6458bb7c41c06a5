"""What may be set on a connector, and one clear sentence when a setting is wrong.

Settings come from a YAML or TOML file, and from the environment, which wins: `partner` is
`V2V_CONNECTOR_LIMS_PARTNER` for the LIMS connector, or `V2V_CONNECTOR_PARTNER` for any. librdkafka's
own settings, TLS and SASL among them, are passed through as one JSON object in `V2V_KAFKA`.
Pure but for reading the file: the environment is handed in.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from connectors.connector import Connector, Partner
from connectors.formats import SIZE_LIMIT
from connectors.publisher import HELD_BY_THE_PUBLISHER
from schemas.contract import Instant
from schemas.envelope import Environment, Scheme, System

PARTNER_NAME = r"^[a-z0-9][a-z0-9-]{0,48}$"
BROKERS = "V2V_BROKERS"
KAFKA = "V2V_KAFKA"
HOME = "V2V_HOME"
PATHS = (
    "pseudonym_key",
    "drop_folder",
    "outbox",
    "webhook_secret",
    "webhook_token",
    "mllp_certificate",
    "mllp_key",
    "mllp_clients",
    "rest_headers",
)
"""Settings that are paths, seen from the file that names them."""


class Misconfigured(ValueError):
    """The connector was started wrongly; the message says which setting, and how to mend it."""


def _known_zone(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no zone {zone!r}; write one such as Europe/Berlin") from None
    return zone


def _as_text(kafka: object) -> object:
    """Numbers and yes or no as librdkafka reads them; JSON may say them without quotes."""
    if not isinstance(kafka, Mapping):
        return kafka
    return {
        name: str(value).lower() if isinstance(value, bool | int | float) else value
        for name, value in kafka.items()
    }


def _left_alone(kafka: Mapping[str, str]) -> Mapping[str, str]:
    if taken := sorted(HELD_BY_THE_PUBLISHER & kafka.keys()):
        raise ValueError(f"may not set {', '.join(taken)}: the connector's promise rests on it")
    return kafka


def _topics(names: object) -> object:
    """Topics by commas, as the environment has them; ours would lead in a circle."""
    found = names.split(",") if isinstance(names, str) else names
    if not isinstance(found, tuple | list):
        return names
    stripped = tuple(str(name).strip() for name in found if str(name).strip())
    if own := [name for name in stripped if name.startswith("v2v.")]:
        raise ValueError(f"{own[0]} is a topic of this pipeline, and is not read back")
    return stripped


def _listed(names: object) -> object:
    """Names by commas, as the environment has them."""
    if not isinstance(names, str):
        return names
    return tuple(name.strip().lower() for name in names.split(",") if name.strip())


class ConnectorSettings(BaseModel):
    """One running connector: one system of one partner."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    system: System
    partner: Annotated[str, Field(pattern=PARTNER_NAME)]
    """The partner's name in topics and events: small letters, digits and hyphens."""
    zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    """The zone of the partner's times that carry none."""
    site: str | None = None
    """The site that the partner's messages are about, where they do not say."""
    environment: Environment = Environment.PRODUCTION
    """Whether the messages are about real patients."""
    identifier_systems: Mapping[str, Scheme] = Field(default_factory=dict)
    """Which of our schemes an identifier system of the partner stands for."""
    mapping: Mapping[str, object] = Field(default_factory=dict)
    """The partner's own words, for systems without an open format."""
    pseudonym_key: Path
    """The file with the pseudonym key: 64 hexadecimal digits, readable by its owner only."""
    pseudonym_domain: Annotated[str, Field(min_length=1, max_length=100)] = "default"
    """Within one domain the same patient has the same token, whichever partner names him."""
    drop_folder: Path | None = None
    """The folder that is watched for files; none when empty."""
    quiet_seconds: Annotated[float, Field(ge=0, le=3600)] = 2.0
    """How long a dropped file must not change before it is taken."""
    poll_seconds: Annotated[float, Field(ge=0.05, le=3600)] = 0.5
    """How often the folder is looked at."""
    http_host: str = "127.0.0.1"
    """The address of the HTTP door, health and metrics."""
    http_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Its port; 0 takes a free one."""
    webhook_secret: Path | None = None
    """The file with the secrets that messages over HTTP are signed with, one a line; unsigned ones are refused."""
    webhook_signature_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,80}$")] = (
        "X-Signature-SHA256"
    )
    """The header that carries the HMAC-SHA256 of the body, in hexadecimal or base64."""
    webhook_token: Path | None = None
    """The file with the bearer tokens that senders over HTTP carry, one a line; others are refused."""
    webhook_origins: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    """Senders that the CloudEvents handshake lets send, by commas; * for all."""
    mllp_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    """The port of the MLLP door for HL7 v2; 0 takes a free one, and without it the door stays shut."""
    mllp_host: str = "127.0.0.1"
    """The address of the MLLP door."""
    mllp_connections: Annotated[int, Field(ge=1, le=1000)] = 32
    """Senders by MLLP at one time; each may hold one message of the largest size in memory."""
    mllp_idle_seconds: Annotated[float, Field(gt=0, le=86_400)] = 3600.0
    """How long a sender by MLLP may be silent between two messages before it is let go."""
    mllp_certificate: Path | None = None
    """The file with the certificate of the MLLP door; with it, only TLS is spoken."""
    mllp_key: Path | None = None
    """The file with the private key of that certificate."""
    mllp_clients: Path | None = None
    """The file with the authorities of senders' certificates; with it, a sender must show one."""
    marker_ending: Annotated[str, Field(pattern=r"^(\.[A-Za-z0-9_-]{1,20})?$")] = ""
    """A dropped file is taken once a file with this ending stands beside it, for example .done; none when empty."""
    source_topics: Annotated[tuple[str, ...], BeforeValidator(_topics)] = ()
    """The partner's own Kafka topics that are read, by commas; none when empty."""
    source_brokers: str = ""
    """The partner's Kafka brokers; ours when empty."""
    source_kafka: Annotated[Mapping[str, str], BeforeValidator(_as_text)] = Field(
        default_factory=dict
    )
    """Further settings of librdkafka for the partner's brokers, as JSON."""
    source_carries: Literal["messages", "events"] = "messages"
    """Whether those topics carry the partner's own messages, or our events in Avro, which go on as they are."""
    rest_url: str = ""
    """The partner's address that is asked for records, with {since} for where it was; none when empty."""
    rest_items: str = ""
    """The dotted path to the array of records in its answers; each answer is one message when empty."""
    rest_since_field: str = ""
    """The dotted path, in a record, to what says how late it is."""
    rest_start: str = ""
    """What the first question says for {since}."""
    rest_next_page: str = ""
    """The dotted path to the address of the next page, on the same host."""
    rest_headers: Path | None = None
    """The file with header lines that are sent along, one a line, readable by its owner only."""
    rest_seconds: Annotated[float, Field(ge=0.05, le=86_400)] = 60.0
    """How often it is asked; after failures, longer each time."""
    outbox: Path
    """The file that keeps what was received until the broker has it."""
    size_limit: Annotated[int, Field(ge=1, le=100_000_000)] = SIZE_LIMIT
    """Bytes of the largest message that is taken."""
    backlog_limit: Annotated[int, Field(ge=1)] = 1_000_000
    """Messages in the outbox beyond which partners are asked to wait."""
    backlog_bytes_limit: Annotated[int, Field(ge=1)] = 10_000_000_000
    """Bytes in the outbox beyond which partners are asked to wait."""
    publish_refused_bytes: bool = False
    """Whether quarantine gets the bytes of refused messages; they may name patients."""
    heartbeat_seconds: Annotated[float, Field(ge=0, le=86_400)] = 30.0
    """How often the connector says that it is alive; never when 0."""
    manual_bridge_since: Instant | None = None
    """Since when people enter by hand what the interface would say, with its zone; none when it works by itself."""
    brokers: Annotated[str, Field(min_length=1)]
    """The Kafka brokers."""
    kafka: Annotated[Mapping[str, str], BeforeValidator(_as_text), AfterValidator(_left_alone)] = (
        Field(default_factory=dict)
    )
    """Further settings of librdkafka, such as security.protocol."""

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        if (self.mllp_certificate is None) is not (self.mllp_key is None):
            raise ValueError("mllp_certificate and mllp_key are set together, or neither")
        if self.mllp_clients is not None and self.mllp_certificate is None:
            raise ValueError("mllp_clients needs mllp_certificate and mllp_key")
        return self

    @property
    def spoken_for(self) -> Partner:
        """The partner as its translation knows it."""
        return Partner(
            name=self.partner,
            system=self.system,
            zone=self.zone,
            site=self.site,
            environment=self.environment,
            identifier_systems=dict(self.identifier_systems),
            mapping=dict(self.mapping),
        )


def read_settings(
    system: str, environment: Mapping[str, str], file: Path | None = None
) -> ConnectorSettings:
    """The settings of one connector from its file and the environment, checked."""
    stated = _from_file(file) | _from_environment(system, environment)
    stated["system"] = system
    home = Path(environment.get(HOME) or ".v2v")
    partner = stated.get("partner", "partner")
    stated.setdefault("outbox", home / "connect" / f"{system}-{partner}.outbox")
    return _checked(stated, system, file)


def read_partner(system: str, file: Path | None = None, name: str = "check") -> Partner:
    """Only the partner of a settings file, for looking at messages without a broker or a key."""
    needless = {"brokers": "none", "pseudonym_key": "none", "outbox": "none", "partner": name}
    return _checked(needless | _from_file(file) | {"system": system}, system, file).spoken_for


def _checked(stated: dict[str, object], system: str, file: Path | None) -> ConnectorSettings:
    try:
        return ConnectorSettings.model_validate(stated)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        told = first["msg"].removeprefix("Value error, ")
        if not first["loc"]:
            raise Misconfigured(f"{system} connector: {told}") from None
        field, *inside = (str(part) for part in first["loc"])
        where = f"{system} connector: {'.'.join((field, *inside))}"
        if first["type"] == "missing":
            variable = BROKERS if field == "brokers" else variable_of(system, field)
            raise Misconfigured(
                f"{where} is not set; set {variable}, or write it into a file"
            ) from None
        if first["type"] == "extra_forbidden":
            known = ", ".join(sorted(ConnectorSettings.model_fields))
            raise Misconfigured(f"{where} in {file} is no setting; there are {known}") from None
        secret = field in ("kafka", "source_kafka")  # passwords are among these
        found = "" if secret else f" is {first['input']!r}"
        raise Misconfigured(f"{where}{found}: {told}") from None


def usable(connector: Connector, partner: Partner, mllp: bool = False) -> None:
    """Refuses what a partner's settings say, where the connector cannot work with it."""
    if mllp and not connector.reads_hl7:
        system = connector.system.value
        raise Misconfigured(f"{system} connector: mllp_port is set, and it reads no HL7 v2")
    try:
        if connector.check is not None:
            connector.check(partner)
    except ValueError as wrong:
        raise Misconfigured(f"{connector.system.value} connector: {wrong}") from wrong


def variable_of(system: str, field: str) -> str:
    """The environment variable of one setting of one connector."""
    return f"V2V_CONNECTOR_{system.upper()}_{field.upper()}"


def _from_environment(system: str, environment: Mapping[str, str]) -> dict[str, object]:
    stated: dict[str, object] = {}
    for field in ConnectorSettings.model_fields:
        for variable in (variable_of(system, field), f"V2V_CONNECTOR_{field.upper()}"):
            if variable in environment and field not in ("system", "kafka"):
                stated[field] = _value(variable, environment[variable], field)
                break
    if environment.get(BROKERS):
        stated["brokers"] = environment[BROKERS]
    if environment.get(KAFKA):
        stated["kafka"] = _value(KAFKA, environment[KAFKA], "kafka")
    return stated


def _value(variable: str, text: str, field: str) -> object:
    if field not in ("mapping", "identifier_systems", "kafka", "source_kafka"):
        return text
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise Misconfigured(f"{variable} is neither JSON nor YAML") from None


def _from_file(file: Path | None) -> dict[str, object]:
    if file is None:
        return {}
    try:
        text = file.read_text(encoding="utf-8")
        stated = tomllib.loads(text) if file.suffix == ".toml" else yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"the settings file {file} cannot be read: {error}") from None
    except (yaml.YAMLError, tomllib.TOMLDecodeError) as error:
        told = " ".join(str(error).split())
        raise Misconfigured(f"the settings file {file} is not well formed: {told}") from None
    if not isinstance(stated, dict) or not all(isinstance(name, str) for name in stated):
        raise Misconfigured(f"the settings file {file} must hold names and values")
    for field in PATHS:  # as seen from the file
        if isinstance(stated.get(field), str):
            stated[field] = file.parent / str(stated[field])
    return stated
