"""Sign-in by OpenID Connect: the authorization code flow with PKCE, state and nonce.

The issuer says who somebody is; roles, sites and staff code are read from its claims at every sign-in, and
whoever has no role or no staff code there does not come in. A missing claim never means more than its
presence would: no sites means no course.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from console.tower.access import Person, Role
from console.tower.accounts import NAME, STAFF_CODE
from console.tower.people_file import PeopleFile, digest
from console.tower.settings import TowerSettings
from console.trouble import Trouble

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
"""Signatures by a key of the issuer; never none, never one that a shared secret can make."""
LASTS = timedelta(minutes=10)
PATIENCE_SECONDS = 10
LEEWAY_SECONDS = 30


class NotTheirWord(Exception):
    """The issuer's answer is not to be believed, or says too little to let somebody in."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that has begun: where the browser goes, and what it must bring back."""

    address: str
    state: str


class OpenId:
    """One issuer, as its discovery document describes it."""

    def __init__(self, settings: TowerSettings, file: PeopleFile) -> None:
        self._settings, self._file = settings, file
        self._described: dict[str, Any] | None = None

    @property
    def _back(self) -> str:
        return f"{self._settings.origin}/sign-in/oidc/back"

    def begin(self, to: str, now: datetime) -> Begun:
        """Send somebody to the issuer; what he brings back is good once, and for ten minutes."""
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(32)
        with self._session() as session:
            address, state = session.create_authorization_url(
                self._describes("authorization_endpoint"), code_verifier=verifier, nonce=nonce
            )
        with self._file.transaction() as database:
            oldest = (now - LASTS).timestamp()
            database.execute("DELETE FROM begun WHERE at < ?", (oldest,))
            database.execute(
                "INSERT INTO begun VALUES (?, ?, ?, ?, ?)",
                (digest(state), verifier, nonce, to, now.timestamp()),
            )
        return Begun(address, state)

    def finish(self, state: str, code: str, now: datetime) -> tuple[Person, str]:
        """Who has come back, and the page that he wanted."""
        with self._file.transaction() as database:
            row = database.execute(
                "DELETE FROM begun WHERE digest = ? AND at > ? RETURNING verifier, nonce, wanted",
                (digest(state), (now - LASTS).timestamp()),
            ).fetchone()
        if row is None:
            raise NotTheirWord("this sign-in was not begun here, or too long ago")
        claims = self._claims(code, row["verifier"], row["nonce"], now)
        return person_of(claims, self._settings), row["wanted"]

    def _claims(self, code: str, verifier: str, nonce: str, now: datetime) -> dict[str, Any]:
        try:
            with self._session() as session:
                token = session.fetch_token(
                    self._describes("token_endpoint"), code=code, code_verifier=verifier
                )
            decoded = jwt.decode(token["id_token"], self._keys(), algorithms=ALGORITHMS)
            said = CodeIDToken(
                decoded.claims,
                decoded.header,
                options={
                    "iss": {"essential": True, "value": self._settings.oidc_issuer},
                    "aud": {"essential": True, "value": self._settings.oidc_client},
                },
                params={"nonce": nonce, "client_id": self._settings.oidc_client},
            )
            said.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
        except (OAuthError, JoseError, KeyError, ValueError) as wrong:
            raise NotTheirWord(f"the issuer's answer is not to be believed: {wrong}") from wrong
        except requests.RequestException as wrong:
            raise Trouble(f"{self._settings.oidc_issuer} does not answer", "try again") from wrong
        return dict(said)

    def _session(self) -> OAuth2Session:
        return OAuth2Session(
            self._settings.oidc_client,
            _secret(self._settings.oidc_secret_file),
            scope="openid profile email",
            redirect_uri=self._back,
            code_challenge_method="S256",
            default_timeout=PATIENCE_SECONDS,
        )

    def _keys(self) -> KeySet:
        answer = requests.get(self._describes("jwks_uri"), timeout=PATIENCE_SECONDS)
        answer.raise_for_status()
        return KeySet.import_key_set(answer.json())

    def _describes(self, name: str) -> str:
        issuer = self._settings.oidc_issuer or ""
        if self._described is None:
            try:
                answer = requests.get(
                    f"{issuer}/.well-known/openid-configuration", timeout=PATIENCE_SECONDS
                )
                answer.raise_for_status()
                described = answer.json()
            except (requests.RequestException, ValueError) as wrong:
                raise Trouble(
                    f"V2V_TOWER_OIDC_ISSUER: {issuer} does not describe itself",
                    "see that the address is right and reached from here",
                ) from wrong
            if str(described.get("issuer", "")).rstrip("/") != issuer:
                raise Trouble(
                    f"V2V_TOWER_OIDC_ISSUER: {issuer} calls itself {described.get('issuer')!r}",
                    "name the issuer as it names itself",
                )
            self._described = described
        return str(self._described[name])


def _secret(path: Path | None) -> str | None:
    return None if path is None else path.read_text("utf-8").strip()


def person_of(claims: dict[str, Any], settings: TowerSettings) -> Person:
    """Whom the claims describe; whoever has no role or no staff code is refused. Pure."""
    told = _many(_claim(claims, settings.oidc_roles))
    roles = frozenset(Role(role) for role in told if role in {r.value for r in Role})
    if not roles:
        raise NotTheirWord(f"your organisation gives you no role here: {', '.join(Role)}")
    staff_code = str(_claim(claims, settings.oidc_staff_code) or "")
    if not STAFF_CODE.fullmatch(staff_code) or len(staff_code) > 100:
        raise NotTheirWord(f"your organisation tells no {settings.oidc_staff_code} of you")
    sites = frozenset(_many(_claim(claims, settings.oidc_sites)))
    zone = str(claims.get("zoneinfo") or "UTC")
    return Person(
        name=_name(str(claims["sub"])),
        staff_code=staff_code,
        roles=roles,
        sites=None if "*" in sites else sites,
        zone=zone if zone in available_timezones() else "UTC",
    )


def _name(subject: str) -> str:
    """The account's name: the issuer's own key of the person, so that nobody takes another's by a nickname."""
    plain = re.sub(r"[^a-z0-9._-]", "", subject.lower())
    if plain != subject or not NAME.fullmatch(plain) or len(plain) > 90:
        plain = hashlib.sha256(subject.encode()).hexdigest()[:32]
    return f"{plain}@oidc"


def _claim(claims: dict[str, Any], path: str) -> Any:
    found: Any = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _many(told: Any) -> list[str]:
    if isinstance(told, str):
        return told.replace(",", " ").split()
    return [str(one) for one in told] if isinstance(told, list) else []
