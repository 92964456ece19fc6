"""Changing one key in a text: it reads back exactly, and nothing else is another."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stratus.config.change import with_value, without
from stratus.config.dialect import quotes_for, walk
from stratus.config.ini import parse
from stratus.errors import BadInput, ConfigError

PATH = Path("x.cfg")
SITE = """\
; of the old days
[nat]
# whether
nat = yes ; because
   # in between
NAT_Network:   10.0.0.0

[policy]
whitelistendorsers =
 a@b
# no more of them:
 c@d

nat_gateway = '''one
 two
''' # three
# the end
"""
VALUES = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t'\"#;%[]=: \\"), max_size=40)


def read(text: str) -> dict[tuple[str, str], str]:
    return {(each.section, each.key): each.value for each in parse(text, PATH).settings}


@pytest.mark.parametrize(
    ("section", "key", "value", "old", "new"),
    [
        ("nat", "nat", "no", "nat = yes ; because", "nat = no ; because"),
        ("nat", "nat", "a\nb", "nat = yes ; because", "nat = a ; because\n  b"),
        ("nat", "nat_network", "10.1.0.0", "NAT_Network:   10.0.0.0", "NAT_Network:   10.1.0.0"),
        (
            "policy",
            "whitelistendorsers",
            "e@f",
            "whitelistendorsers =\n a@b\n# no more of them:\n c@d",
            "whitelistendorsers = e@f\n# no more of them:",
        ),
        ("policy", "nat_gateway", "", "nat_gateway = '''one\n two\n''' # three", "nat_gateway = ; three"),
        ("policy", "nat_gateway", " x", "nat_gateway = '''one\n two\n''' # three", "nat_gateway = ''' x''' ; three"),
        ("nat", "nat_netmask", "1", "10.0.0.0\n", "10.0.0.0\nnat_netmask = 1\n"),
        ("dhcp", "dhcp", "on", "# the end\n", "# the end\n\n[dhcp]\ndhcp = on\n"),
    ],
)
def test_only_the_lines_of_the_key_are_others(section: str, key: str, value: str, old: str, new: str) -> None:
    assert old in SITE
    changed = with_value(SITE, PATH, section=section, key=key, value=value)
    assert changed == SITE.replace(old, new, 1)
    assert read(changed) == {**read(SITE), (section, key): value}


@pytest.mark.parametrize(
    ("section", "key", "old", "new"),
    [
        ("nat", "nat", "nat = yes ; because\n", ""),
        (
            "policy",
            "whitelistendorsers",
            "whitelistendorsers =\n a@b\n# no more of them:\n c@d\n",
            "# no more of them:\n",
        ),
        ("policy", "nat_gateway", "nat_gateway = '''one\n two\n''' # three\n", ""),
    ],
)
def test_a_key_that_is_unset_leaves_the_comments(section: str, key: str, old: str, new: str) -> None:
    assert without(SITE, PATH, section=section, key=key) == SITE.replace(old, new, 1)


def test_a_key_that_is_there_twice_is_unset_twice_and_set_where_it_counts() -> None:
    text = "[nat]\nnat = yes\nnat_network = 1\nnat = no\n"
    assert without(text, PATH, section="nat", key="nat") == "[nat]\nnat_network = 1\n"
    assert with_value(text, PATH, section="nat", key="nat", value="on") == text.replace("no\n", "on\n")


@pytest.mark.parametrize("text", ["", "[nat]", "# nothing", "[nat]\nnat = 1\r\n", "\r\n[nat]\r\nnat = 1\r\n"])
def test_any_beginning_can_be_added_to(text: str) -> None:
    changed = with_value(text, PATH, section="nat", key="nat_network", value="10.0.0.0")
    assert read(changed)["nat", "nat_network"] == "10.0.0.0"
    assert changed.startswith(text.replace("\r\n", "") if not text.startswith("\r\n") else text)
    if text.startswith("\r\n"):
        assert changed.count("\n") == changed.count("\r\n")


@settings(max_examples=150, deadline=None)
@example(" \n", ("nat", "nat"))
@given(
    VALUES, st.sampled_from([("nat", "nat"), ("policy", "whitelistendorsers"), ("policy", "nat_gateway"), ("x", "y")])
)
def test_every_value_reads_back_exactly_or_is_refused(value: str, place: tuple[str, str]) -> None:
    section, key = place
    try:
        changed = with_value(SITE, PATH, section=section, key=key, value=value)
    except BadInput:
        assert not quotes_for(value)
        return
    assert read(changed) == {**read(SITE), (section, key): value}
    # And once more, over what was just written.
    assert read(with_value(changed, PATH, section=section, key=key, value="1")) == {**read(SITE), (section, key): "1"}


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("ab=:#;'\"[]\n\r \t%"), max_size=60))
def test_any_text_is_read_or_refused_and_both_readings_agree(text: str) -> None:
    found = []
    walked = walk(text, PATH, found.append)
    if found:
        with pytest.raises(ConfigError):
            parse(text, PATH)
        return
    values = {(each.section, each.key): each.value for each in walked.settings}
    assert read(text) == values


def test_a_long_line_of_blanks_takes_no_time() -> None:
    text = f"[nat]\nnat = a{' ' * 65536}b\n"
    assert read(text)["nat", "nat"] == f"a{' ' * 65536}b"
    with pytest.raises(ConfigError, match=r"x\.cfg:2: this is neither"):
        parse(f"[nat]\na{' ' * 65536}b\n", PATH)


def test_a_broken_file_is_not_changed() -> None:
    with pytest.raises(ConfigError, match=r"x\.cfg:1"):
        with_value("[nat\n", PATH, section="nat", key="nat", value="1")


@pytest.mark.parametrize("text", ["[ ]", "[\t]\na = 1\n", "[]"])
def test_a_section_without_a_name_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="this is neither"):
        parse(text, PATH)
