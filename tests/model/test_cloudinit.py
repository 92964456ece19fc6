import base64
import email
import gzip
import hashlib

import pytest

from stratus.errors import BadInput, NotFound
from stratus.model.cloudinit import CloudInit, context_request, parse_cloud_init, prepare_context_lines
from stratus.model.context.pairs import parse_file
from stratus.model.context.values import UserDataPart
from tests.model.context.samples import public_key

ONE, TWO = public_key(1), public_key(2)
FILES = {
    "keys.pub": f"{ONE}\n{TWO}\n".encode(),
    "/home/jane/setup.sh": b"#!/bin/sh\n",
    "a,b.cfg": b"#cloud-config\n",
    "raw": b"\0\xff",
    "id_rsa": b"-----BEGIN OPENSSH PRIVATE KEY-----\n",
}
SCRIPT = UserDataPart("x-shellscript", "setup.sh", b"#!/bin/sh\n")


def _read(name: str) -> bytes:
    try:
        return FILES[name]
    except KeyError as error:
        raise NotFound(f"there is no file {name}") from error


def test_parts_are_read_and_keys_set_apart() -> None:
    given = parse_cloud_init("ssh,keys.pub#x-shellscript,/home/jane/setup.sh#text/cloud-config,a,b.cfg", _read)

    assert given == CloudInit((ONE, TWO), (SCRIPT, UserDataPart("cloud-config", "a,b.cfg", b"#cloud-config\n")))


@pytest.mark.parametrize("text", ["setup.sh", "x-shellscript,", ",raw", "x shell,raw", "Ü,raw", "ssh,id_rsa"])
def test_a_part_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_cloud_init(text, _read)


def test_literal_user_data_stands_alone() -> None:
    given = parse_cloud_init("none,raw#ssh,keys.pub", _read)

    assert context_request(cloud_init=given).user_data == (UserDataPart("none", "raw", b"\0\xff"),)
    with pytest.raises(BadInput, match="no other part"):
        context_request(cloud_init=parse_cloud_init("none,raw#plain,raw", _read))
    with pytest.raises(BadInput, match="no other part"):
        prepare_context_lines((), parse_cloud_init("none,raw#plain,raw", _read).parts)


@pytest.mark.parametrize(
    ("said", "method"),
    [
        ({}, "one"),
        ({"default_method": "cloud-init"}, "cloud-init"),
        ({"method": "one", "default_method": "cloud-init"}, "one"),
        ({"variables": (("CONTEXT_METHOD", "cloud-init"),), "method": "one"}, "cloud-init"),
        ({"cloud_init": CloudInit(parts=(SCRIPT,)), "method": "one"}, "cloud-init"),
    ],
)
def test_the_method_is_the_most_particular_one(said: dict[str, object], method: str) -> None:
    request = context_request(**said)  # type: ignore[arg-type]

    assert request.method == method
    assert request.variables == ()


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(BadInput, match="unknown contextualization method 'two'"):
        context_request(method="two")


def test_keys_of_cloud_init_stand_in_for_the_default_key() -> None:
    assert context_request(public_keys=(ONE,), cloud_init=CloudInit((TWO,))).public_keys == (TWO,)
    assert context_request(public_keys=(ONE,), cloud_init=CloudInit()).public_keys == (ONE,)


def test_lines_hold_keys_and_zipped_parts_and_are_always_the_same() -> None:
    lines = prepare_context_lines((ONE, TWO), (SCRIPT,))

    keys, data = (line.partition("=")[2] for line in lines)
    message = email.message_from_bytes(gzip.decompress(base64.b64decode(data)))
    assert [line.partition("=")[0] for line in lines] == ["CLOUD_INIT_AUTHORIZED_KEYS", "CLOUD_INIT_USER_DATA"]
    assert base64.b64decode(keys).decode() == f"{ONE}\n{TWO}\n"
    assert [part.get_content_type() for part in message.walk()] == ["multipart/mixed", "text/x-shellscript"]
    assert prepare_context_lines((ONE, TWO), (SCRIPT,)) == lines


def test_a_context_file_with_the_lines_is_the_same_request() -> None:
    literal = UserDataPart("none", "raw", b"#!/bin/sh\n\0\xff")
    text = "\n".join(["CONTEXT_METHOD=cloud-init", *prepare_context_lines((ONE,), (literal,)), "OTHER=1"])

    request = context_request(variables=parse_file(text), public_keys=(TWO,))

    assert request.method == "cloud-init"
    assert request.public_keys == (ONE,)
    assert request.user_data[0].content == literal.content
    assert request.variables == (("OTHER", "1"),)


def test_the_lines_alone_imply_cloud_init() -> None:
    assert context_request(variables=parse_file("\n".join(prepare_context_lines((ONE,), ())))).method == "cloud-init"


def test_more_than_stratuslab_allows_is_refused_both_ways() -> None:
    noise = hashlib.shake_256(b"noise").digest(20000)
    with pytest.raises(BadInput, match="the limit of a context line is 16384"):
        prepare_context_lines((), (UserDataPart("none", "noise", noise),))
    with pytest.raises(BadInput, match="the limit of a context line is 16384"):
        context_request(variables=(("CLOUD_INIT_USER_DATA", "A" * 16388),))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"plain", "not gzip", id="not gzip"),
        pytest.param(gzip.compress(b"hello" * 100)[:-9], "cut off", id="cut off"),
        pytest.param(gzip.compress(b"\0" * 8_000_000), "at most 1048576", id="bomb"),
    ],
)
def test_a_line_that_is_damaged_or_a_bomb_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        context_request(variables=(("CLOUD_INIT_USER_DATA", base64.b64encode(data).decode()),))


def test_a_line_that_is_not_base64_is_refused() -> None:
    with pytest.raises(BadInput, match="not base64"):
        context_request(variables=(("CLOUD_INIT_USER_DATA", "not base64!"),))
