import json

import pytest

from stratus.errors import BadInput
from stratus.model.context.disk import context_disk, nic_of
from stratus.model.context.values import ContextDisk, ContextInstance, ContextNic, ContextRequest, UserDataPart
from stratus.model.network import Bridge, Port
from tests.model.context.samples import HOSTILE, INSTANCE, public_key

PORT = Port("st12", "local", "stbr0", "02:00:0a:13:40:05", "10.19.64.5", "web1")
BRIDGE = Bridge("local", "stbr0", "10.19.64.0/20", "10.19.64.1", domain="cloud", dns=("9.9.9.9",))


def test_a_card_on_our_bridge_is_told_all() -> None:
    assert nic_of(PORT, BRIDGE) == ContextNic(
        PORT.mac, "10.19.64.5", "255.255.240.0", "10.19.64.1", ("10.19.64.1",), "cloud"
    )


def test_a_card_where_nobody_answers_dhcp_has_its_address_from_the_disk() -> None:
    bridge = Bridge("local", "stbr0", "10.19.64.0/20", "10.19.64.1", dhcp=False, dns=("9.9.9.9",))

    nic = nic_of(PORT, bridge)

    assert (nic.static, nic.dns) == (True, ("9.9.9.9",))


def test_a_card_on_somebody_elses_bridge_asks_dhcp() -> None:
    bridge = Bridge("public", "br0", "192.0.2.0/24", "192.0.2.9", managed=False)

    assert nic_of(PORT, bridge) == ContextNic(PORT.mac, "10.19.64.5")


@pytest.mark.parametrize("method", ["one", "cloud-init"])
def test_the_same_request_gives_the_same_bytes(method: str) -> None:
    request = ContextRequest(method, (public_key(1),), (("A", "1"),), (UserDataPart("plain", "f", b"x"),))

    assert context_disk(request, INSTANCE) == context_disk(request, INSTANCE)


def test_another_generation_is_another_instance_for_cloud_init() -> None:
    disks = [
        context_disk(ContextRequest("cloud-init"), ContextInstance(1, "web1", "u", generation=number))
        for number in (1, 2)
    ]

    assert [json.loads(disk.file("meta-data"))["instance-id"] for disk in disks] == ["u-1", "u-2"]


def test_settings_are_json_with_every_value() -> None:
    variables = tuple((f"V{number}", value) for number, value in enumerate(HOSTILE))

    told = json.loads(context_disk(ContextRequest("cloud-init", variables=variables), INSTANCE).file("meta-data"))

    assert told["context"] == dict(variables)


@pytest.mark.parametrize("method", ["one", "cloud-init"])
@pytest.mark.parametrize(("key", "value"), [("PATH", "x"), ("A", "a\0b"), ("A B", "x"), ("A", "\ud800")])
def test_a_request_from_elsewhere_is_checked_too(method: str, key: str, value: str) -> None:
    with pytest.raises(BadInput):
        context_disk(ContextRequest(method, variables=((key, value),)), INSTANCE)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\0b", "x" * 241])
def test_a_file_that_no_disk_can_hold_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        ContextDisk("CONTEXT", ((name, b""),))


@pytest.mark.parametrize("label", ["", "x" * 17, "a b", "é"])
def test_a_label_that_no_disk_can_have_is_refused(label: str) -> None:
    with pytest.raises(BadInput):
        ContextDisk(label, ())


def test_two_files_of_one_name_are_refused() -> None:
    with pytest.raises(BadInput):
        ContextDisk("CONTEXT", (("a", b"1"), ("a", b"2")))


def test_too_much_is_refused() -> None:
    with pytest.raises(BadInput, match="bytes of user data: at most 1048576"):
        ContextRequest(user_data=(UserDataPart("plain", "f", b"x" * 2**20), UserDataPart("plain", "g", b"x")))
    with pytest.raises(BadInput, match="bytes of context variables: at most 262144"):
        ContextRequest(variables=(("A", "x" * 2**18),))
