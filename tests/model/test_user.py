"""Users, their keys and names."""

import base64
import hashlib

import pytest

from stratus.errors import BadInput
from stratus.model.codec import decode, encode
from stratus.model.quota import Quota
from stratus.model.role import Role
from stratus.model.user import Group, Key, User, checked_name, fingerprint_of, keys_of

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICus8A+NdqHm/0xoFOEcj0UvnFNDaMQnlA3S3SPYWgoo"
RSA_1024 = (
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQCxUK6YEtLsf/XijzOLBTzDfHRwkboQW4g19l8gHe8MgtodhpCCVTH4KIDKJYhbEWraJJeL9R5E"
    "L84P/serQ3gfvEXaigY2ig56jGssu5GvzOk3G+VselFhOMbuLlDLwFlxiUte+g1s3e6eNNfXG+wOigW0RZxddQvAoner3n+bpQ=="
)

HOSTILE_NAMES = (
    "",
    "Alice",
    "a b",
    "a/b",
    "a\nb",
    "a\0b",
    "$(id)",
    "-a",
    "1",
    "a" * 33,
    "\u202ea",
    "a'b",
    "the doctor",
    "é",
)


@pytest.mark.parametrize("name", ["alice", "a", "_svc", "a.b-c_d9", "a" * 32])
def test_a_name_is_small_letters_digits_and_little_else(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_nobody_is_called_what_a_shell_a_path_or_a_line_could_take_for_something_else(name: str) -> None:
    with pytest.raises(BadInput, match="cannot be a group's name"):
        checked_name(name, "group")


def test_a_key_has_the_fingerprint_that_openssh_prints() -> None:
    (key,) = keys_of(f"{ED25519} alice@home\n", added_s=5.0)
    digest = base64.b64encode(hashlib.sha256(base64.b64decode(key.blob)).digest()).decode().rstrip("=")
    assert key == Key(f"SHA256:{digest}", "ssh-ed25519", ED25519.split()[1], "alice@home", 5.0)
    assert key.line == ED25519 and fingerprint_of(key.blob) == key.fingerprint


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f'command="id" {ED25519}', "has options"),
        (f"restrict {ED25519}", "has options"),
        (RSA_1024, "1024 bits in .* too weak"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "private key"),
        ("", "no key"),
        ("ssh-ed25519 AAAA", "damaged"),
        ("ssh-dss AAAAB3NzaC1kc3MAAAAB", "damaged|of the kind ssh-dss"),
    ],
)
def test_a_key_that_would_open_more_or_less_than_it_says_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        keys_of(text, added_s=0.0)


def test_a_comment_cannot_write_on_the_terminal_of_who_lists_it() -> None:
    (key,) = keys_of(f"{ED25519} a\u202eb\x7f{'x' * 300}", added_s=0.0)
    assert key.comment.startswith("a?b?x") and len(key.comment) == 100


def test_users_and_groups_survive_the_ledger() -> None:
    user = User("alice", Role.OPERATOR, ("lab",), keys_of(ED25519, added_s=1.5), Quota(cpu=4), False, 2.5, "left")
    group = Group("lab", Quota(instances=3))
    assert decode(User, encode(user)) == user and decode(Group, encode(group)) == group
