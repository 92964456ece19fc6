import pytest

from stratus.errors import BadInput
from stratus.model.context.pubkeys import parse_public_keys
from tests.model.context.samples import public_key

ONE, TWO = public_key(1), public_key(2, kind="sk-ssh-ed25519@openssh.com", comment="")


def test_several_keys_are_taken_each_once_without_comments_and_blank_lines() -> None:
    assert parse_public_keys(f"# mine\n\n{ONE}\r\n  {TWO}\n{ONE}\n") == (ONE, TWO)


def test_options_before_a_key_stay_with_it() -> None:
    line = f'from="10.0.0.0/8",command="echo \\"hello there\\"" {ONE}'

    assert parse_public_keys(line) == (line,)


@pytest.mark.parametrize(
    "mark",
    ["-----BEGIN OPENSSH PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----", "PuTTY-User-Key-File-3: ssh-ed25519"],
)
def test_a_private_key_is_refused_and_not_repeated(mark: str) -> None:
    with pytest.raises(BadInput, match="id_rsa is a private key") as caught:
        parse_public_keys(f"{mark}\nc2VjcmV0\n", source="id_rsa")

    assert "c2VjcmV0" not in caught.value.message


def test_another_format_is_refused_with_the_way_to_convert_it() -> None:
    with pytest.raises(BadInput) as caught:
        parse_public_keys("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n")

    assert "ssh-keygen -i" in caught.value.hint


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("hello", "line 2 of FILE is not an SSH public key"),
        ("ssh-ed25519", "is not an SSH public key"),
        ("ssh-ed25519 AAAA!", "its base64 text is wrong"),
        ("ssh-ed25519 AAAA", "the key is cut off"),
        (ONE.split()[0] + " " + ONE.split()[1][:40], "the key is cut off"),
        (ONE.replace("ssh-ed25519", "ssh-rsa", 1), "says ssh-rsa but holds a key of another type"),
        (ONE + "\x1b[2J", "control characters"),
    ],
)
def test_a_damaged_line_is_named(line: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        parse_public_keys(f"# comment\n{line}\n", source="FILE")


def test_no_key_at_all_is_refused() -> None:
    with pytest.raises(BadInput, match="there is no key in FILE"):
        parse_public_keys("# nothing\n\n", source="FILE")
