"""The page for those who connect a partner: the ways in, what is answered, and every setting. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.cloudevents import BATCH, STRUCTURED
from console import catalogues

ANSWERS: tuple[tuple[str, str], ...] = (
    (
        "202",
        "the message is on disk; the answer names it by its digest, and says whether it was known",
    ),
    ("400", "empty, or no CloudEvent; the answer says what is missing"),
    ("401", "the signature or the token is not one of ours; nothing was kept"),
    ("408", "the body did not come in time"),
    ("413", "larger than `size_limit`"),
    ("415", "a content encoding; send the message as it is"),
    ("429", "the outbox is full or many send at once; `Retry-After` says when to come again"),
    ("503", "the disk does not take it; `Retry-After` likewise"),
)


def connecting() -> Iterator[str]:
    """The text of the page."""
    yield (
        "# Connecting a partner\n\n"
        "One connector serves one system of one partner: `v2v connect SYSTEM`. Whatever way a message comes "
        "in, it is acknowledged when it is on disk in the connector's outbox, and not before; it is translated "
        "and published in the order in which it came. A broker that is away for hours stops the publishing "
        "and nothing else. The same bytes may come as often as they like.\n"
    )
    yield from _http()
    yield from _mllp()
    yield from _settings()


def _http() -> Iterator[str]:
    yield (
        "\n## HTTP\n\n"
        "`POST /<system>` with the message for the body, whatever its content type. A CloudEvent may carry it: "
        f"in binary mode (`ce-` headers), structured (`{STRUCTURED}`) or as a batch (`{BATCH}`). A CloudEvent "
        "whose type is one of [our events](events.md), `v2v.<stage>.<Event>`, is read as that event, as JSON "
        "or Avro. A FHIR subscription may post its notifications with full resources, or put each resource at "
        "`/<system>/<kind>/<id>`.\n\n"
        "```\n"
        "curl --data-binary @result.hl7 http://127.0.0.1:8080/lims\n"
        "openssl dgst -sha256 -hmac \"$(cat secret)\" -hex < result.hl7 | cut -d' ' -f2 > digest\n"
        'curl -H "X-Signature-SHA256: $(cat digest)" --data-binary @result.hl7 http://127.0.0.1:8080/lims\n'
        "```\n\n| answer | means |\n| --- | --- |\n"
    )
    yield from (f"| {status} | {meaning} |\n" for status, meaning in ANSWERS)
    yield (
        "\n`OPTIONS /<system>` is the handshake of CloudEvents webhooks: senders that `webhook_origins` names "
        "are let in. Put TLS before the door (a reverse proxy) wherever it is reached from outside.\n"
    )


def _mllp() -> Iterator[str]:
    yield (
        "\n## MLLP\n\n"
        "HL7 v2 to the clinic and laboratory connectors over TCP: VT, the message, FS, CR. The door is opened by "
        "`mllp_port`, and speaks TLS where `mllp_certificate` and `mllp_key` are set; with `mllp_clients` a sender "
        "must show a certificate too. Several messages may come by one connection. The outbox has a message before "
        "it is answered; an answer repeats no content.\n\n"
        "```\n"
        "V2V_CONNECTOR_CLINIC_MLLP_PORT=2575 v2v connect clinic\n"
        "mllp_send --loose --port 2575 --file merge.hl7 127.0.0.1\n"
        "```\n\n| original mode | enhanced mode | means |\n| --- | --- | --- |\n"
    )
    yield from (f"| {one} | {two} | {meaning} |\n" for one, two, meaning in MLLP_ANSWERS)
    yield (
        "\nThe enhanced mode is asked for by MSH-15 (CA, CE, CR) and MSH-16 (AA, AE, AR), each AL, NE, ER or SU; "
        "both may be asked for. ERR-2 says where, ERR-3 what by HL7 table 0357, ERR-5 which of our "
        "[reasons](../README.md#what-it-reads) it is. What was rejected is told to quarantine by its digest.\n"
    )


MLLP_ANSWERS: tuple[tuple[str, str, str], ...] = (
    ("AA", "CA, then AA", "on disk, and understood"),
    ("AE", "CA, then AE", "on disk, and set aside with the reason; do not send it again as it is"),
    (
        "AR",
        "CR",
        "not taken: no HL7 v2, too large, broken off, or the outbox is full (send it again later)",
    ),
    ("AR", "CE", "the disk does not take it; send it again later"),
)


def _settings() -> Iterator[str]:
    yield (
        "\n## Settings\n\n"
        "From the environment, or from a YAML or TOML file (`--config`, `zone: UTC`); for any system, leave "
        "`<SYSTEM>_` out.\n\n| setting | default | meaning |\n| --- | --- | --- |\n"
    )
    for row in catalogues.connector_settings():
        default, meaning = (str(row[name]).replace("<", "&lt;") for name in ("default", "meaning"))
        yield f"| `{row['setting']}` | {default} | {meaning} |\n"
