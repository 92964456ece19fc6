"""Which servers users may have the front end ask."""

import socket

import pytest
import requests

from stratus.drivers.images.http import http_get
from stratus.drivers.images.limits import Limits
from stratus.drivers.images.public import NotPublic, is_ours, is_public, keep_to_public, public_address
from stratus.errors import Denied


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_what_anybody_may_ask(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "0.0.0.0", "10.1.2.3", "172.17.16.2", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        *("255.255.255.255", "224.0.0.1", "240.0.0.1", "192.0.2.1", "198.18.0.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1"),
        *(
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::a00:1",
            "2002:7f00:1::",
            "2002:a00:1::",
        ),
        *("::5db8:d822", "::a00:1", "4000::1", "2001:0:5db8:d822::f5ff:fffe"),
        *("", "localhost", "0x7f.1", "127.1"),
    ],
)
def test_what_only_the_front_end_reaches(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0", "::1"])
def test_a_name_counts_as_the_address_that_it_has(name: str) -> None:
    with pytest.raises(NotPublic):
        public_address(name, 80)


def test_an_address_of_this_machine_is_known() -> None:
    assert is_ours("127.0.0.1")
    assert not is_ours("192.0.2.1") and not is_ours("2001:db8::1")


def test_a_name_that_means_nothing_is_left_to_the_connection() -> None:
    assert public_address("no-such-host.invalid", 80) == "no-such-host.invalid"
    assert public_address("93.184.216.34", 443) == "93.184.216.34"


def test_nobody_is_knocked_at_who_is_not_public() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/a.img"
        refused = pytest.raises(Denied, match="only the front end reaches it")
        with refused as caught, http_get(url, {}, limits=Limits(), allow_downgrade=False, public_only=True):
            pass
        assert "import the file" in caught.value.hint
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_redirect_to_what_is_not_public_is_not_followed() -> None:
    with requests.Session() as session:
        keep_to_public(session)
        for scheme in ("http", "https"):
            with pytest.raises(requests.ConnectionError) as caught:
                session.get(f"{scheme}://localhost:1/", timeout=1)
            assert "has no address of the internet" in str(caught.value)
