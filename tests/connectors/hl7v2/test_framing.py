"""MLLP frames are found however the bytes come, and nothing of a sender is kept beyond the limit."""

from __future__ import annotations

import hashlib
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from connectors.hl7v2.framing import Block, Framing, Piece, TooLarge, Unframed, framed

LIMIT = 40
contents = st.binary(max_size=60).map(lambda b: b.replace(b"\x0b", b"").replace(b"\x1c", b""))


def pieces(sent: bytes, cuts: list[int] | None = None, limit: int = LIMIT) -> list[Piece]:
    framing = Framing(limit)
    edges = sorted({0, len(sent), *(cut % (len(sent) + 1) for cut in cuts or [])})
    return [piece for start, end in pairwise(edges) for piece in framing.feed(sent[start:end])]


@given(st.lists(contents, max_size=5), st.lists(st.integers(0, 10**6), max_size=20))
def test_messages_are_the_same_however_their_bytes_are_cut(
    sent: list[bytes], cuts: list[int]
) -> None:
    found = pieces(b"\r\n".join(map(framed, sent)), cuts)
    assert [type(p) for p in found] == [Block if len(s) <= LIMIT else TooLarge for s in sent]
    for piece, body in zip(found, sent, strict=True):
        if isinstance(piece, Block):
            assert piece.body == body
        else:
            digest = hashlib.sha256(body).digest()
            assert (piece.digest, piece.size) == (digest, len(body))


@given(st.binary(max_size=300), st.lists(st.integers(0, 10**6), max_size=20))
def test_whatever_is_sent_is_a_list_of_pieces(sent: bytes, cuts: list[int]) -> None:
    for piece in pieces(sent, cuts):
        assert isinstance(piece, Block | TooLarge | Unframed)


def test_a_message_that_is_too_large_is_not_kept_and_the_next_one_is_found() -> None:
    framing = Framing(LIMIT)
    large = b"MSH|" + b"x" * 1_000_000
    assert list(framing.feed(b"\x0b")) == []
    for start in range(0, len(large), 1000):
        assert list(framing.feed(large[start : start + 1000])) == []
        assert len(framing._body) <= 2000
    found = list(framing.feed(b"\x1c\r" + framed(b"small")))
    assert [type(piece) for piece in found] == [TooLarge, Block]
    assert isinstance(found[0], TooLarge)
    assert found[0].size == len(large)
    assert found[0].beginning.startswith(b"MSH|xxx")
    assert found[1] == Block(b"small")


def test_bytes_outside_of_a_frame_are_told() -> None:
    (piece,) = pieces(b"GET / HTTP/1.1\r\n")
    assert isinstance(piece, Unframed)
    assert not piece.resumed
    assert piece.beginning == b"GET / HTTP/1.1\r\n"


def test_a_message_that_another_one_broke_off_is_told() -> None:
    broken, whole = pieces(b"\x0bMSH|half" + framed(b"MSH|whole"))
    assert isinstance(broken, Unframed)
    assert broken.resumed
    assert broken.digest == hashlib.sha256(b"MSH|half").digest()
    assert whole == Block(b"MSH|whole")


def test_a_message_whose_end_never_came_is_known_by_what_came() -> None:
    framing = Framing(LIMIT)
    assert list(framing.feed(b"\x0bMSH|half")) == []
    rest = framing.broken_off()
    assert rest is not None
    assert (rest.size, rest.beginning) == (8, b"MSH|half")
    assert framing.broken_off() is None


def test_a_frame_may_lack_its_last_return() -> None:
    assert pieces(b"\x0ba\x1c\x0bb\x1c\r\r\n\x0bc\x1c") == [Block(b"a"), Block(b"b"), Block(b"c")]
