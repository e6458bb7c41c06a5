"""An OpenID Connect issuer over HTTP with real keys and signatures, which can be told to lie."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT = "v2v-tower"


class Issuer:
    """Says who somebody is; `claims` and `header` change what it says, `other_key` by which key."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.wrong_key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.claims: dict[str, Any] = {}
        self.now = 0
        self.calls_itself: str | None = None
        self.other_key = False
        self.codes: dict[str, dict[str, str]] = {}
        self.address = ""

    def described(self) -> dict[str, str]:
        return {
            "issuer": self.calls_itself or self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Let somebody in at once; where the browser goes with the code."""
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        back = urlencode({"state": asked["state"], "code": code})
        return f"{asked['redirect_uri']}?{back}"

    def token(self, given: dict[str, str]) -> dict[str, Any]:
        """The word of the issuer for a code, for whoever began it."""
        asked = self.codes.pop(given["code"])
        challenge = hashlib.sha256(given["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() == asked["code_challenge"]
        said = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": "7d8f",
            "iat": self.now,
            "exp": self.now + 300,
            "nonce": asked["nonce"],
            **self.claims,
        }
        key = self.wrong_key if self.other_key else self.key
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, said, key)
        return {"access_token": "x", "token_type": "Bearer", "id_token": signed}


@contextmanager
def issuer() -> Iterator[Issuer]:
    """An issuer that listens."""
    here = Issuer()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_response(303)
                self.send_header("Location", here.authorize(asked))
                self.end_headers()
            elif parts.path == "/keys":
                self._answer(KeySet([here.key]).as_dict(private=False))
            else:
                self._answer(here.described())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(here.token({k: v[0] for k, v in parse_qs(body).items()}))

        def _answer(self, said: Any) -> None:
            body = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    here.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
