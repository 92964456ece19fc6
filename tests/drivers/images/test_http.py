import pytest

from stratus.drivers.images.http import next_url
from stratus.errors import BadInput


def test_a_redirect_may_be_relative() -> None:
    assert next_url("https://a/b/c", "../d", False) == "https://a/d"
    assert next_url("http://a/b", "https://c/", False) == "https://c/"


def test_a_redirect_away_from_https_is_followed_only_with_a_checksum() -> None:
    with pytest.raises(BadInput, match="from https to http"):
        next_url("https://a/b", "http://c/", False)
    assert next_url("https://a/b", "http://c/", True) == "http://c/"
