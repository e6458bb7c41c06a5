"""CloudEvents 1.0 over HTTP and in files: what their envelope says, and the message that they carry.

A partner may send its own message inside a CloudEvent, in any of the three modes. Binary mode is kept
in structured form, because two notices with the same data are two events when their ids differ. An
event of our own catalogue (type v2v.<stage>.<Event>) needs no translation. Pure: values in, values out.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson

from connectors.connector import CannotUnderstand, Raw
from connectors.formats import json_document
from schemas.reasons import Reason

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
PREFIX = "ce-"
NEEDED = ("specversion", "id", "source", "type")
MARK = b'"specversion"'
"""Bytes without it are no CloudEvent, and are not looked at twice."""


class NoCloudEvent(ValueError):
    """What was sent as a CloudEvent is none; the message says why."""


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """A CloudEvent: its attributes, and the message that it carries."""

    attributes: Mapping[str, Any]
    """The whole JSON object, data included."""
    data: bytes
    is_json: bool
    """Whether the data is a JSON value, and not text or bytes of another format."""

    @property
    def type(self) -> str:
        """What kind of event its sender calls it."""
        return str(self.attributes["type"])


# ---------------------------------------------------------------------------------------- receiving


def messages(headers: Iterable[tuple[str, str]], body: bytes) -> tuple[bytes, ...] | None:
    """The messages of a request, each a CloudEvent in structured form; None when it is no CloudEvent."""
    said = {name.lower(): value for name, value in headers}
    media, _, _ = said.get("content-type", "").partition(";")
    media = media.strip().lower()
    if media == STRUCTURED:
        _demand(_parsed(body))
        return (body,)
    if media == BATCH:
        return _of_batch(body)
    if media.startswith("application/cloudevents"):
        raise NoCloudEvent(f"CloudEvents are read as {STRUCTURED} or {BATCH}")
    if f"{PREFIX}specversion" in said:
        return (_of_binary(said, media, body),)
    return None


def _of_batch(body: bytes) -> tuple[bytes, ...]:
    batch = _parsed(body)
    if not isinstance(batch, list):
        raise NoCloudEvent("a batch is a JSON array of CloudEvents")
    for place, event in enumerate(batch):
        try:
            _demand(event)
        except NoCloudEvent as wrong:
            raise NoCloudEvent(f"event {place} of the batch: {wrong}") from None
    return tuple(_written(event) for event in batch)


def _of_binary(said: Mapping[str, str], media: str, body: bytes) -> bytes:
    event: dict[str, Any] = {
        name.removeprefix(PREFIX): unquote(value)
        for name, value in said.items()
        if name.startswith(PREFIX)
    }
    taken = {"data", "data_base64", "datacontenttype"} & event.keys()
    if taken:
        raise NoCloudEvent(f"the header {PREFIX}{min(taken)} is no attribute of binary mode")
    _demand(event)
    if media:
        event["datacontenttype"] = said["content-type"]
    if body and _json_media(media):
        event["data"] = _parsed(body)
    elif body:
        event["data_base64"] = b64encode(body).decode()
    return _written(event)


def _parsed(body: bytes) -> Any:
    try:
        return json_document(body)
    except CannotUnderstand as wrong:
        raise NoCloudEvent(wrong.detail) from None


def _written(event: object) -> bytes:
    return orjson.dumps(event, option=orjson.OPT_SORT_KEYS)


def _demand(event: object) -> None:
    """Refuses what lacks an attribute that every CloudEvent has."""
    if not isinstance(event, dict):
        raise NoCloudEvent("a CloudEvent is a JSON object")
    for name in NEEDED:
        if not isinstance(event.get(name), str) or not event[name]:
            raise NoCloudEvent(f"the attribute {name} is missing")
    if event["specversion"] != "1.0":
        raise NoCloudEvent("specversion 1.0 is read, and no other")
    if "data" in event and "data_base64" in event:
        raise NoCloudEvent("data and data_base64 exclude each other")


def _json_media(media: str) -> bool:
    """Whether a content type means JSON; without one, JSON is meant."""
    return not media or media in ("application/json", "text/json") or media.endswith("+json")


# ------------------------------------------------------------------------------------------ opening


def opened(raw: Raw) -> CloudEvent | None:
    """The CloudEvent that the bytes are; None where they are something else."""
    if MARK not in raw.body or not raw.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return None
    event = json_document(raw.body)
    try:
        _demand(event)
    except NoCloudEvent:
        return None
    assert isinstance(event, dict)
    if "data_base64" in event:
        return CloudEvent(event, _from_base64(event["data_base64"]), is_json=False)
    media = str(event.get("datacontenttype", "")).partition(";")[0].strip().lower()
    data = event.get("data")
    if isinstance(data, str) and not _json_media(media):
        return CloudEvent(event, data.encode(), is_json=False)
    return CloudEvent(event, b"" if data is None else orjson.dumps(data), is_json=True)


def _from_base64(text: object) -> bytes:
    try:
        return b64decode(str(text), validate=True)
    except ValueError:
        detail = "data_base64 is not base64"
        raise CannotUnderstand(Reason.NOT_WELL_FORMED, detail) from None
