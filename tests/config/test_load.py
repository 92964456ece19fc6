"""The configuration's layers, its dialect and its errors."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from stratus.config import Config, known_keys, load
from stratus.errors import ConfigError


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Config]:
    """Write the two files and load them."""

    def write(site: str = "", user: str = "", **layers: dict[str, str]) -> Config:
        (tmp_path / "stratuslab.cfg").write_text(site)
        (tmp_path / ".stratuslab").mkdir(exist_ok=True)
        (tmp_path / ".stratuslab/stratuslab-user.cfg").write_text(user)
        return load(config_dir=tmp_path, home=tmp_path, **layers)

    return write


def test_without_any_file_every_key_has_its_default(tmp_path: Path) -> None:
    config = load(config_dir=tmp_path, home=tmp_path)
    assert config.text("nat_network") == "172.17.16.0"
    assert config.flag("nat") is True
    assert config.origin("nat") == "default"
    assert {name: config.get(name) for name in known_keys()}.keys() == known_keys().keys()


def test_each_layer_covers_the_one_below_and_says_where_it_is(written: Callable[..., Config], tmp_path: Path) -> None:
    site = "[dhcp]\ndhcp_lease_time = 1\n"
    user = "[default]\n\ndhcp_lease_time = 2\n"
    variables = {"environ": {"STRATUSLAB_DHCP_LEASE_TIME": "3"}}
    assert written().integer("dhcp_lease_time") == 3600
    only_site = written(site)
    assert (only_site.integer("dhcp_lease_time"), only_site.origin("dhcp_lease_time")) == (
        1,
        f"{tmp_path}/stratuslab.cfg:2",
    )
    with_user = written(site, user)
    assert with_user.integer("dhcp_lease_time") == 2
    assert with_user.origin("dhcp_lease_time").endswith("stratuslab-user.cfg:3")
    with_variable = written(site, user, **variables)
    assert (with_variable.integer("dhcp_lease_time"), with_variable.origin("dhcp_lease_time")) == (
        3,
        "STRATUSLAB_DHCP_LEASE_TIME",
    )
    with_option = written(site, user, **variables, overrides={"dhcp_lease_time": "4"})
    assert (with_option.integer("dhcp_lease_time"), with_option.origin("dhcp_lease_time")) == (4, "option")


USER = "[default]\nselected_section = a\nusername = d\n[a]\nusername = aa\npassword = pa%%ss\n[b]\nusername = bb\n"


def test_the_selected_section_covers_the_default_one(written: Callable[..., Config]) -> None:
    assert written(user=USER).text("username") == "aa"
    assert written(user=USER, environ={"STRATUSLAB_USER_CONFIG_SECTION": "b"}).text("username") == "bb"
    assert written(user=USER, overrides={"selected_section": "b"}).text("username") == "bb"


def test_a_missing_section_is_an_error_that_names_the_others(written: Callable[..., Config]) -> None:
    with pytest.raises(ConfigError, match=r"no section \[c\], which option selects") as caught:
        written(user=USER, overrides={"selected_section": "c"})
    assert caught.value.hint == "its sections are: a, b"
    with pytest.raises(ConfigError, match=r"no section \[default\]"):
        written(user="[a]\nusername = x\n")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("pa%ss", "pa%ss"),
        ("pa%%ss", "pa%ss"),
        ("%(one_username)s-1", "oneadmin-1"),
        ("%%(one_username)s", "%(one_username)s"),
        ("%(nobody)s", "%(nobody)s"),
        ("100%", "100%"),
        ("a#b'c\"d", "a#b'c\"d"),
        ("a # b", "a # b"),
        ("it's '''three", "it's '''three"),
        ('"quoted"', '"quoted"'),
        ("a, b", "a, b"),
        ("before ; a comment", "before"),
        ("a=b:c", "a=b:c"),
        ("one\n two\n\n  three", "one\ntwo\nthree"),
        ("\n [EGI]\n name=x # y", "\n[EGI]\nname=x # y"),
        ("'''one\ntwo'''", "one\ntwo"),
        ("Grüße", "Grüße"),
    ],
)
def test_a_value_reads_as_stratuslab_meant_it(written: Callable[..., Config], text: str, value: str) -> None:
    config = written(f"[one-user]\none_password = {text}\n[nat]\nnat = no\n")
    assert config.text("one_password") == value
    assert config.flag("nat") is False


def test_a_colon_separates_and_keys_have_no_case(written: Callable[..., Config]) -> None:
    assert written("; old comment\n[nat]\nNAT_Network: 10.0.0.0\n").text("nat_network") == "10.0.0.0"


def test_the_last_of_two_equal_keys_counts(written: Callable[..., Config]) -> None:
    config = written("[policy]\nwhitelistendorsers = a\n b#c\nblacklistimages=x\nwhitelistendorsers = d\n")
    assert config.text("whitelistendorsers") == "d"
    assert config.text("blacklistimages") == "x"


def test_a_variable_and_an_option_are_taken_literally(written: Callable[..., Config]) -> None:
    config = written(environ={"STRATUSLAB_PASSWORD": "%%(x)s"}, overrides={"username": "%(password)s"})
    assert (config.text("password"), config.text("username")) == ("%%(x)s", "%(password)s")


def test_a_value_that_refers_to_itself_is_an_error(written: Callable[..., Config]) -> None:
    with pytest.raises(ConfigError, match=r"stratuslab.cfg:[23]: one_\w+ refers to itself"):
        written("[one-user]\none_username = %(one_password)s\none_password = %(one_username)s\n")


def test_a_value_that_grows_without_end_is_an_error(written: Callable[..., Config]) -> None:
    many = "%(one_username)s" * 2000
    with pytest.raises(ConfigError, match="one_password becomes too long"):
        written(f"[one-user]\none_username = {'x' * 2000}\none_password = {many}\n")


def test_a_reference_counts_as_what_it_comes_to(written: Callable[..., Config]) -> None:
    assert written("[one-user]\none_gid = %(one_uid)s\none_uid = 7\n").integer("one_gid") == 7
    with pytest.raises(ConfigError, match=r"stratuslab.cfg:2: one_gid: 'cloud' is not a whole number"):
        written("[one-user]\none_gid = %(one_group)s\n")


@pytest.mark.parametrize(
    ("site", "message", "hint"),
    [
        ("[nat]\nnat_netwrok = 1\n", "stratuslab.cfg:2: there is no configuration key nat_netwrok", "nat_network"),
        ("\n[nat]\nnat = perhaps\n", "stratuslab.cfg:3: nat: 'perhaps' is neither true nor false", ""),
        ("[dhcp]\ndhcp_lease_time = soon\n", "is not a whole number", ""),
        ("[dhcp]\ndhcp_lease_time = 0\n", "is less than 1", ""),
        ("[stratus]\nnode_link = pigeon\n", "is none of: ssh, local, sandbox", ""),
        ("[nat\n", "stratuslab.cfg:1: this is neither", ""),
        ("[nat]\n[nat]\n", "is already there, at line 1", ""),
        ("[nat]\nnat_network = '''open\n", "is never closed", ""),
        ("[instance_types]\nm1.big = 1, 2\n", "m1.big: '1, 2' is no machine type", "CPUS"),
    ],
)
def test_an_error_names_file_line_and_key(written: Callable[..., Config], site: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        written(site)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_directory_in_the_file_s_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "stratuslab.cfg").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        load(config_dir=tmp_path)


def test_an_unknown_option_and_an_unknown_accessor_key_are_errors(written: Callable[..., Config]) -> None:
    with pytest.raises(ConfigError, match="option: there is no configuration key nats"):
        written(overrides={"nats": "1"})
    with pytest.raises(ConfigError, match="no configuration key nats"):
        written().text("nats")


def test_the_user_s_machine_types_cover_the_site_s(written: Callable[..., Config]) -> None:
    site = "[instance_types]\nm1.small = 1, 128, 1024\nbig = (8, 16384, 0)\n"
    user = "[default]\n[instance_types]\nbig = 9, 1, 1\n"
    assert written(site, user).instance_types() == {"m1.small": (1, 128, 1024), "big": (9, 1, 1)}


def test_an_address_that_was_never_filled_in_is_empty_for_the_network_rules(written: Callable[..., Config]) -> None:
    site = "[dhcp]\ndhcp_subnet = x.x.x.x\ndhcp_one_local_network_domain_name_servers = x.x.x.x, z.z.z.z\n"
    keys = written(site, "[default]\nusername = u\n").keys_of_site()
    assert keys["dhcp_subnet"] == keys["dhcp_one_local_network_domain_name_servers"] == ""
    assert keys["nat_netmask"] == "255.255.255.0"
    assert "username" not in keys


def test_words_are_separated_by_blanks_commas_and_lines(written: Callable[..., Config]) -> None:
    config = written("[policy]\nwhitelistendorsers = a@b, c@d\n e@f\n")
    assert config.words("whitelistendorsers") == ("a@b", "c@d", "e@f")
    assert config.words("blacklistendorsers") == ()


def test_loading_leaves_the_files_alone(written: Callable[..., Config], tmp_path: Path) -> None:
    written("[nat]\n")
    path = tmp_path / "stratuslab.cfg"
    path.chmod(0o600)
    load(config_dir=tmp_path)
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("[nat]\n", 0o600)
