"""Where a gate is, as users write it."""

import pytest

from stratus.errors import ConfigError
from stratus.model.endpoint import Endpoint, endpoint_of


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("ssh://cloud.example.org", Endpoint("cloud.example.org", 2222, "stratus")),
        ("ssh://cloud.example.org/", Endpoint("cloud.example.org", 2222, "stratus")),
        (" SSH://bob@10.0.0.1:22 ", Endpoint("10.0.0.1", 22, "bob")),
        ("ssh://[fe80::1]:2200", Endpoint("fe80::1", 2200, "stratus")),
        ("ssh://[::1]", Endpoint("::1", 2222, "stratus")),
        ("ssh://front_end", Endpoint("front_end", 2222, "stratus")),
    ],
)
def test_what_is_left_out_is_the_usual(text, place):
    assert endpoint_of(text) == place
    assert endpoint_of(str(place)) == place


@pytest.mark.parametrize(
    ("text", "scheme"),
    [
        ("https://cloud.example.org:8443/", "https"),
        ("cloud.example.org", "https"),
        ("http://u@cloud.example.org", "http"),
    ],
)
def test_another_scheme_is_told_what_is_spoken(text, scheme):
    with pytest.raises(ConfigError, match=f"wants {scheme}, and this release speaks to gates over SSH only") as refused:
        endpoint_of(text)
    assert refused.value.hint == "stratus login ssh://cloud.example.org"


@pytest.mark.parametrize(
    "text",
    [
        *("ssh://", "ssh:///x", "ssh://-oProxyCommand=x", "ssh://a b", "ssh://a:0", "ssh://a:65536", "ssh://a:999999"),
        *(
            "ssh://a@b@c",
            "ssh://-l@host",
            "ssh://a/b",
            "ssh://$(x)",
            "ssh://a\n",
            "ssh://a\nb",
            "ssh://a\0",
            "ssh://[x]",
        ),
        *("ssh://%h", "ssh://" + "a" * 300, "ssh://a:２２", "ssh://'", "ssh://host;reboot"),
    ],
)
def test_what_is_no_place_is_refused(text):
    if text.strip() == "ssh://a":
        assert endpoint_of(text) == Endpoint("a")
        return
    with pytest.raises(ConfigError):
        endpoint_of(text)
