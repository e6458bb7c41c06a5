"""Turns patient and staff identifiers into tokens before anything leaves the connector.

A token is a keyed MAC (HMAC-SHA-256) over the pseudonym domain, the kind, the issuer and the value:
the same person has the same token wherever the same key and domain are used, and nobody without the
key can try identifiers until one fits. No key is built in, and no input is ever logged or raised.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

TOKEN_LETTERS = 26
"""Of base 32, five bits each: 130 bits."""

_KEY = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


class KeyUnusable(ValueError):
    """The pseudonym key cannot be used; the message says how to mend it."""


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """The tokens of one pseudonym domain."""

    domain: str
    key: bytes = field(repr=False)

    def subject(self, issuer: str, value: str) -> str:
        """The token of a patient."""
        return f"SUB-{self._letters('subject', issuer, value)}"

    def staff(self, issuer: str, value: str) -> str:
        """The token of a member of staff."""
        return f"STAFF-{self._letters('staff', issuer, value)}"

    def _letters(self, kind: str, issuer: str, value: str) -> str:
        parts = (self.domain, kind, issuer.strip(), value.strip())
        encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
        # each part says its length, so that no two lists of parts read alike
        said = b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
        digest = hmac.digest(self.key, said, "sha256")
        # whole groups of five bytes, and no more of them than the letters need
        return base64.b32encode(digest[:20]).decode("ascii")[:TOKEN_LETTERS]


@dataclass(frozen=True, slots=True)
class Withheld:
    """Tokens for looking at messages without a key: they hide everybody, and tell nobody apart."""

    def subject(self, issuer: str, value: str) -> str:
        """The token of no patient: 0 is no letter of base 32, so it is never mistaken for one."""
        return "SUB-" + "0" * TOKEN_LETTERS

    def staff(self, issuer: str, value: str) -> str:
        """The token of no member of staff."""
        return "STAFF-" + "0" * TOKEN_LETTERS


def read_key(path: Path) -> bytes:
    """The key in a file that only its owner can read: 64 hexadecimal digits."""
    try:
        mode = path.stat().st_mode
        content = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise KeyUnusable(
            f"there is no pseudonym key at {path}; make one with"
            f" `openssl rand -hex 32 > {path} && chmod 600 {path}` and keep a copy in a safe place"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise KeyUnusable(
            f"the pseudonym key {path} cannot be read: {type(error).__name__}"
        ) from None
    if mode & 0o077:
        raise KeyUnusable(f"others may read the pseudonym key {path}; run `chmod 600 {path}`")
    if not _KEY.fullmatch(content):
        raise KeyUnusable(f"the pseudonym key {path} must be 64 hexadecimal digits")
    return bytes.fromhex(content)


def create_key(path: Path) -> bytes:
    """The key at this path, made by chance when there is none; for demonstrations only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return read_key(path)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(os.urandom(32).hex() + "\n")
    return read_key(path)
