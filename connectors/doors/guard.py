"""Who may use the HTTP door: whoever signs each message, or carries the token, or both where both are set.

A signature is an HMAC-SHA256 of the body as it was sent, in hexadecimal or base64, alone or behind a
prefix such as `sha256=`; several may stand by commas. Comparing takes the same time wherever two
texts differ. The handshake of CloudEvents webhooks names who may send; its callback is never called,
because an address that a stranger names is none to call.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.secret_file import read_secrets
from connectors.settings import ConnectorSettings

MOST_SIGNATURES = 8
DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class Guard:
    """What a request must bring along; nothing when nothing is set."""

    signature_header: str = "X-Signature-SHA256"
    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    tokens: tuple[bytes, ...] = field(default=(), repr=False)
    origins: tuple[str, ...] = ()
    """Who may send after the handshake; `*` is anybody."""

    def known(self, headers: Mapping[str, str]) -> bool:
        """Whether the request carries a token of ours, where tokens are set."""
        if not self.tokens:
            return True
        kind, _, said = headers.get("Authorization", "").partition(" ")
        given = said.strip().encode()
        # every token is compared, so that the time taken tells nothing
        same = [hmac.compare_digest(given, token) for token in self.tokens]
        return kind.lower() == "bearer" and any(same)

    def signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the body was signed with a secret of ours, where secrets are set."""
        if not self.secrets:
            return True
        given = _digests(headers.get(self.signature_header, ""))
        wanted = [hmac.digest(secret, body, hashlib.sha256) for secret in self.secrets]
        same = [hmac.compare_digest(one, own) for one in given for own in wanted]
        return any(same)

    def invites(self, origin: str) -> bool:
        """Whether a sender of this name may send."""
        return "*" in self.origins or origin.lower() in self.origins


def _digests(said: str) -> list[bytes]:
    """Every signature that a header can be read as."""
    found = []
    for part in said.split(",")[:MOST_SIGNATURES]:
        text = part.strip()
        for form in (text, text.partition("=")[2]):
            found += [digest for digest in (_hex(form), _base64(form)) if digest is not None]
    return found


def _hex(text: str) -> bytes | None:
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        return None
    return digest if len(digest) == DIGEST_BYTES else None


def _base64(text: str) -> bytes | None:
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return digest if len(digest) == DIGEST_BYTES else None


def guard_of(settings: ConnectorSettings) -> Guard:
    """The guard that the settings ask for; raises SecretUnusable where a file is wrong."""
    secrets = settings.webhook_secret
    tokens = settings.webhook_token
    return Guard(
        settings.webhook_signature_header,
        () if secrets is None else read_secrets(secrets, "webhook secret"),
        () if tokens is None else read_secrets(tokens, "webhook token"),
        settings.webhook_origins,
    )
