"""Passwords in texts that everybody may see."""

import pytest

from stratus.model.secrets import masked, masked_within


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://bob:secret@example.org/x.img?a=1", "https://***@example.org/x.img?a=1"),
        ("https://bob@example.org", "https://***@example.org"),
        ("HTTP://b:p@ss@h/x and ftp://u:v@w", "HTTP://***@h/x and ftp://***@w"),
        ("'https://:p@h'", "'https://***@h'"),
        ("curl https://u:\u732b@h", "curl https://***@h"),
        ("https://example.org/user@home", "https://example.org/user@home"),
        ("https://example.org?mail=a@b", "https://example.org?mail=a@b"),
        ("bob@example.org", "bob@example.org"),
        ("/images/a:b@c", "/images/a:b@c"),
        ("", ""),
    ],
)
def test_who_logs_in_and_how_is_left_out_of_a_url(text, shown):
    assert masked(text) == shown


def test_every_text_in_a_document_is_masked():
    data = {"a": ["x://u:p@h", {"b": "x://u:p@h", "c": 1}], "d": None}
    assert masked_within(data) == {"a": ["x://***@h", {"b": "x://***@h", "c": 1}], "d": None}


@pytest.mark.parametrize("text", ["a." * 32768, "a://" * 16384, "a://" + "@" * 65536, "a" * 65536 + "://u:p@h"])
def test_a_long_text_takes_no_longer_than_its_length(text):
    assert "u:p" not in masked(text) or "aaa" in text
