"""Only who knows a secret of ours gets in, and a secret that others can read is none."""

from __future__ import annotations

import base64
import hashlib
import hmac
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.doors.guard import Guard, guard_of
from connectors.secret_file import SecretUnusable, read_secrets
from connectors.settings import Misconfigured, read_settings

ONE, TWO = b"0123456789abcdef0123456789abcdef", b"fedcba9876543210fedcba9876543210"
GUARD = Guard("X-Sig", (ONE, TWO), (ONE,), ("clinic.example", "lab.example"))


def digest(body: bytes, secret: bytes = ONE) -> bytes:
    return hmac.digest(secret, body, hashlib.sha256)


@given(body=st.binary())
def test_every_usual_form_of_the_signature_is_taken(body: bytes) -> None:
    raw = digest(body)
    plain, encoded = raw.hex(), base64.b64encode(raw).decode()
    old = f"sha256={digest(body, TWO).hex()}"
    forms = (plain, plain.upper(), encoded, f"sha256={plain}", f"hmac-sha256-hex={plain}")
    for said in (*forms, f"v1={encoded}", old, f"sha256={'0' * 64}, {old}"):
        assert GUARD.signed({"X-Sig": said}, body), said


@given(body=st.binary(), other=st.binary())
def test_a_signature_of_other_bytes_is_refused(body: bytes, other: bytes) -> None:
    assert GUARD.signed({"X-Sig": digest(other).hex()}, body) == (body == other)


@pytest.mark.parametrize(
    "said", ["", "sha256=", "é", "00", "0" * 64, ",".join(["00"] * 8) + "," + digest(b"x").hex()]
)
def test_what_is_no_signature_of_ours_is_refused(said: str) -> None:
    assert not GUARD.signed({"X-Sig": said}, b"x")
    assert not GUARD.signed({}, b"x")


def test_a_bearer_token_is_asked_for_only_where_one_is_set() -> None:
    assert GUARD.known({"Authorization": f"Bearer {ONE.decode()}"})
    assert GUARD.known({"Authorization": f"bearer  {ONE.decode()} "})
    for said in ("", ONE.decode(), f"Basic {ONE.decode()}", f"Bearer {TWO.decode()}", "Bearer"):
        assert not GUARD.known({"Authorization": said}), said
    assert Guard().known({})
    assert Guard().signed({}, b"x")


def test_only_senders_that_are_named_are_invited() -> None:
    assert GUARD.invites("Clinic.example")
    assert not GUARD.invites("evil.example")
    assert not Guard().invites("clinic.example")
    assert Guard(origins=("*",)).invites("anybody.example")


def test_secrets_show_in_no_text() -> None:
    assert ONE.decode() not in repr(GUARD)


def secret_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "secret"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_two_secrets_are_good_while_one_is_replaced(tmp_path: Path) -> None:
    path = secret_file(tmp_path, f"{ONE.decode()}\n\n{TWO.decode()}\n")
    assert read_secrets(path, "webhook secret") == (ONE, TWO)


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        (ONE.decode(), 0o644, "chmod 600"),
        ("\n", 0o600, "is empty"),
        ("short", 0o600, "shorter than 16"),
    ],
)
def test_an_unusable_secret_is_told(tmp_path: Path, text: str, mode: int, said: str) -> None:
    path = secret_file(tmp_path, text, mode)
    with pytest.raises(SecretUnusable, match=said) as told:
        read_secrets(path, "webhook secret")
    assert ONE.decode() not in str(told.value)


def test_a_missing_secret_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SecretUnusable, match="openssl rand"):
        read_secrets(tmp_path / "none", "webhook secret")
    path = tmp_path / "picture"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SecretUnusable, match="cannot be read"):
        read_secrets(path, "webhook secret")


def test_the_settings_make_the_guard(tmp_path: Path) -> None:
    path = secret_file(tmp_path, ONE.decode())
    environment = {
        "V2V_BROKERS": "one:9092",
        "V2V_CONNECTOR_PARTNER": "lab",
        "V2V_CONNECTOR_PSEUDONYM_KEY": "key",
        "V2V_CONNECTOR_WEBHOOK_SECRET": str(path),
        "V2V_CONNECTOR_LIMS_WEBHOOK_SIGNATURE_HEADER": "X-Hmac",
        "V2V_CONNECTOR_WEBHOOK_TOKEN": str(path),
        "V2V_CONNECTOR_WEBHOOK_ORIGINS": "Lab.example, clinic.example,",
    }
    guard = guard_of(read_settings("lims", environment))
    assert guard == Guard("X-Hmac", (ONE,), (ONE,), ("lab.example", "clinic.example"))
    with pytest.raises(Misconfigured, match="webhook_signature_header"):
        read_settings("lims", environment | {"V2V_CONNECTOR_LIMS_WEBHOOK_SIGNATURE_HEADER": "a b"})
