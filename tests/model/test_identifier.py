import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratus.errors import BadInput
from stratus.model.identifier import identifier_of, is_identifier

VECTORS = [
    ("c319bbd5afc0a22ba3eaed0507c39383ec28eeff", "MMZu9WvwKIro-rtBQfDk4PsKO7_"),
    ("da39a3ee5e6b4b0d3255bfef95601890afd80709", "No5o-5ea0sNMlW_75VgGJCv2AcJ"),
    ("f572d396fae9206628714fb2ce00f72e94f2258f", "PVy05b66SBmKHFPss4A9y6U8iWP"),
    ("0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33", "Avux7XqPw_byV0N1H88W8J12ooz"),
    ("69f17ab2b2e4eb756e27e466fd1dc5d351b753e5", "GnxerKy5Ot1bifkZv0dxdNRt1Pl"),
    ("0" * 40, "A" * 27),
    ("f" * 40, "P" + "_" * 26),
]
sha1s = st.binary(min_size=20, max_size=20).map(bytes.hex)


@pytest.mark.parametrize(("sha1", "identifier"), VECTORS)
def test_the_known_vectors_hold(sha1: str, identifier: str) -> None:
    assert identifier_of(sha1) == identifier


def test_the_vectors_are_those_of_real_content() -> None:
    assert identifier_of(hashlib.sha1(b"hello\n").hexdigest()) == "PVy05b66SBmKHFPss4A9y6U8iWP"


@given(sha1s)
def test_every_checksum_has_an_identifier_with_all_its_bits(sha1: str) -> None:
    identifier = identifier_of(sha1)
    assert is_identifier(identifier)
    assert base64.urlsafe_b64decode("A" + identifier)[1:].hex() == sha1


@given(st.text())
def test_what_is_accepted_is_safe_as_a_file_name(text: str) -> None:
    if is_identifier(text):
        assert len(text) == 27 and text.isascii() and "/" not in text and not text.startswith((".", "-"))


def test_upper_case_checksums_are_the_same_checksums() -> None:
    assert identifier_of("DA39A3EE5E6B4B0D3255BFEF95601890AFD80709") == "No5o-5ea0sNMlW_75VgGJCv2AcJ"


@pytest.mark.parametrize("text", ["", "abc", "g" * 40, "0" * 39, "0" * 41, "0" * 40 + "\n", "0x" + "0" * 38])
def test_what_is_not_a_sha1_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        identifier_of(text)


@pytest.mark.parametrize(
    "text", ["", "A" * 26, "A" * 28, "Q" + "A" * 26, "_" + "A" * 26, "A" * 26 + "=", "A" * 26 + "/", "A" * 27 + "\n"]
)
def test_what_is_not_an_identifier_is_refused(text: str) -> None:
    assert not is_identifier(text)
