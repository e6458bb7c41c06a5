"""The page for those who connect a partner: the ways in, what is answered, and every setting. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from connectors import CONNECTORS
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
    yield from _folder()
    yield from _fetched()
    yield from _trying()
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


def _folder() -> Iterator[str]:
    yield (
        "\n## A watched folder, also over SFTP\n\n"
        "A file is taken when it has not changed for `quiet_seconds`, has no name of a file under way "
        "(`.part`, `.tmp`, hidden ones) and nobody holds it open for writing; it moves to `done/` once it is "
        "safe. Partners may upload into it through your own OpenSSH server (`Subsystem sftp internal-sftp`). An "
        "upload that broke off looks whole to anybody: let partners upload under another name and rename, or "
        "set `marker_ending` and let them send an empty file `<name>.done` after each. For the check of open "
        "files run the connector as the owner of the files, or with CAP_LEASE.\n"
    )


def _fetched() -> Iterator[str]:
    yield (
        "\n## The partner's own Kafka\n\n"
        "`source_topics`, with `source_brokers` and `source_kafka` where it is another cluster. "
        "`source_carries: messages` are translated; `events` are [ours](events.md) in Avro and go on byte for "
        "byte. How far it has read stands in the outbox, in one transaction with the messages; the partner's "
        "consumer groups are not touched. `/health` and the metrics tell how many messages it is behind, and "
        "how many the partner's cluster deleted before they were read.\n"
        "\n## Records behind a REST address\n\n"
        "`rest_url` is asked every `rest_seconds`; with `{since}` in it, from the greatest value of "
        "`rest_since_field` on (let the question be inclusive: what comes again is known), else by ETag. The "
        "place moves on when every page is safe. After a failure it waits longer each time, or as long as "
        "`Retry-After` says. Redirects and pages on other hosts are not followed.\n\n"
        "```yaml\n"
        'rest_url: "https://qms.example/api/events?changed_since={since}"\n'
        "rest_items: data\nrest_since_field: modified_at\nrest_next_page: links.next\n"
        "rest_headers: qms.headers        # Authorization: Bearer ...; chmod 600\n"
        "```\n"
    )


def _trying() -> Iterator[str]:
    yield (
        "\n## Before anything runs\n\n"
        "`v2v connect SYSTEM --check FOLDER` needs no broker and no key. It says of each message which events "
        "were understood, when, of what and in which units, what was ignored or refused and how to mend it; and "
        "of all together, which milestones they tell of, which gates stay unknown, which fields stay open. "
        "`--fields` adds where each field of the message goes and which are read by nothing, `--html FILE` "
        "writes it all as a page, `--json` is for programs, `--strict` ends with 1 when anything was refused. "
        "The field map of each system: "
        + ", ".join(f"[{system}](connectors/{system}.md)" for system in CONNECTORS)
        + ".\n"
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
