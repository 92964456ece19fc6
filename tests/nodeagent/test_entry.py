"""The door for the forced command: what it lets in, and the line that puts it in place."""

import shlex

import pytest

from stratus.errors import BadInput, Denied
from stratus.nodeagent.entry import allowed, authorized_keys_line

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK0wmN/Cr3JXqmLW7u+g9pTh+wyqDHpSQEIQczXkVx9q"


@pytest.mark.parametrize("original", [None, "", "  ", "serve --stdio", "'serve' --stdio"])
def test_nothing_or_serve_opens_the_channel(original: str | None) -> None:
    assert allowed(original) == ("serve", "--stdio")


def test_a_console_is_given_by_number() -> None:
    assert allowed("console 12") == ("console", "12")


def test_the_version_is_told() -> None:
    assert allowed("version") == ("version",)


@pytest.mark.parametrize(
    "original",
    [
        "sh",
        "serve",
        "serve --stdio --config /tmp/mine",
        "console",
        "console 12 13",
        "console 12;reboot",
        "console -1",
        "console 12\u0663",
        "console \u0661\u0662",
        "console $(reboot)",
        "console 1234567890123456789",
        "version; sh",
        "version && sh",
        "console 12\nreboot",
        "scp -t /etc/passwd",
        "internal-sftp",
        "'unfinished",
        "\0",
    ],
)
def test_anything_else_is_denied(original: str) -> None:
    with pytest.raises(Denied) as caught:
        allowed(original)

    assert "serve --stdio" in caught.value.hint


def test_a_denial_names_what_was_asked_without_its_control_characters() -> None:
    with pytest.raises(Denied) as caught:
        allowed("evil \x1b]0;title\x07" + "x" * 1000)

    assert "evil \\x1b]0;title\\x07" in caught.value.message
    assert len(caught.value.message) < 200


def test_the_line_restricts_the_key_to_the_agent() -> None:
    line = authorized_keys_line(f"{KEY} stratus@front\n", ("/opt/stratus/bin/stratus-nodeagent", "gate"))

    assert line == f'restrict,pty,command="/opt/stratus/bin/stratus-nodeagent gate" {KEY} stratus@front'


@pytest.mark.parametrize(
    "word", ["a b", "it's", 'say "hi"', "$HOME", "back\\slash", "end\\", '\\"', "`id`", "*", "é", '"']
)
def test_the_words_of_the_command_survive_the_file_and_the_shell(word: str) -> None:
    line = authorized_keys_line(KEY, ("agent", word, "last"))

    assert shlex.split(as_sshd_reads_it(line)) == ["agent", word, "last"]


@pytest.mark.parametrize("word", ["a\nb", "a\rb", "a\0b", "a\x1bb", "a\x7fb"])
def test_an_agent_with_a_control_character_is_refused(word: str) -> None:
    with pytest.raises(BadInput, match="agent's command line has a newline or another control character"):
        authorized_keys_line(KEY, (word,))


def test_an_empty_agent_is_refused() -> None:
    with pytest.raises(BadInput, match="empty"):
        authorized_keys_line(KEY, ())


@pytest.mark.parametrize(
    "key",
    [
        "",
        "ssh-ed25519",
        "ssh-ed25519 notbase64!",
        "ssh-ed25519 AAAA",
        KEY.replace("ssh-ed25519", "ssh-rsa"),
        f'command="sh" {KEY}',
        f"no-pty {KEY}",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        f"{KEY} one\n{KEY} two",
    ],
)
def test_what_is_not_one_public_key_is_refused(key: str) -> None:
    with pytest.raises(BadInput):
        authorized_keys_line(key, ("agent",))


def as_sshd_reads_it(line: str) -> str:
    """The command of a line, by the rule of sshd: it ends at the first quote that no backslash precedes."""
    rest = line.removeprefix('restrict,pty,command="')
    command = ""
    while not rest.startswith('"'):
        if rest.startswith('\\"'):
            command, rest = command + '"', rest[2:]
        else:
            command, rest = command + rest[0], rest[1:]
    assert rest == f'" {KEY}'
    return command
