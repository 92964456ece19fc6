"""All problems of all layers at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stratus.config.problems import Problem, problems_of
from stratus.config.sources import Sources
from stratus.errors import ConfigError

Check = Callable[..., list[Problem]]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Write the two files and look for problems."""

    def find(site: str = "", user: str = "", overrides: dict[str, str] | None = None, **environ: str) -> list[Problem]:
        (tmp_path / "stratuslab.cfg").write_text(site)
        (tmp_path / ".stratuslab").mkdir(exist_ok=True)
        path = tmp_path / ".stratuslab/stratuslab-user.cfg"
        path.write_text(user)
        path.chmod(0o600)
        places = {"HOME": str(tmp_path), "STRATUSLAB_CONFIG_DIR": str(tmp_path)}
        return problems_of(Sources({**places, **environ}, overrides or {}))

    return find


def told(problems: list[Problem]) -> list[tuple[str, str, str, str]]:
    return [(each.level, each.where.rpartition("/")[2], each.key, each.text) for each in problems]


def test_nothing_is_wrong_with_nothing(check: Check) -> None:
    assert check() == []


def test_every_problem_is_found_and_not_only_the_first(check: Check) -> None:
    site = "[nat]\nnat_netwrok = 1\nnonsense\nnat = perhaps\n[nat]\n[dhcp]\ndhcp_lease_time = 0\n[instance_types]\nbig = 1\n"
    user = "[clout]\nusername = x\npasword = y\nendpoint_timeout = soon\n"
    problems = check(site, user, {"nats": "1"}, STRATUSLAB_NAT="perhaps", STRATUSLAB_PASWORD="x")
    assert told(problems) == [
        ("error", "stratuslab.cfg:3", "", "this is neither `key = value` nor a `[section]`: nonsense"),
        ("error", "stratuslab.cfg:5", "", "[nat] is already there, at line 1"),
        ("error", "stratuslab.cfg:2", "nat_netwrok", "there is no configuration key nat_netwrok in [nat]"),
        ("error", "stratuslab.cfg:4", "nat", "'perhaps' is neither true nor false"),
        ("error", "stratuslab.cfg:7", "dhcp_lease_time", "'0' is less than 1"),
        ("error", "stratuslab.cfg:9", "big", "'1' is no machine type"),
        (
            "warning",
            "stratuslab-user.cfg:2",
            "username",
            "has no effect: a gate knows its users by their SSH keys.",
        ),
        ("error", "stratuslab-user.cfg:3", "pasword", "there is no configuration key pasword in [clout]"),
        ("error", "stratuslab-user.cfg:4", "endpoint_timeout", "'soon' is not a whole number"),
        ("error", "stratuslab-user.cfg", "", "there is no section [default]"),
        ("error", "STRATUSLAB_NAT", "nat", "'perhaps' is neither true nor false"),
        ("warning", "STRATUSLAB_PASWORD", "", "no key has this variable"),
        ("error", "option", "nats", "there is no configuration key nats"),
    ]
    hints = [each.hint for each in problems if each.key == "nat_netwrok" or each.where == "STRATUSLAB_PASWORD"]
    assert hints == ["did you mean nat_network?", "did you mean STRATUSLAB_PASSWORD?"]


def test_what_is_accepted_and_replaced_says_by_what(check: Check) -> None:
    problems = check("[one-user]\none_db_host = db.example.org\none_gid = 9000\n")
    assert told(problems) == [
        ("warning", "stratuslab.cfg:2", "one_db_host", "has no effect: the ledger is a file in state_dir.")
    ]


def test_an_unknown_section_and_a_key_set_twice_are_warned_of(check: Check) -> None:
    assert told(check("[node-default]\nnode_bridge_name = br1\nnode_bridge_name = br2\n")) == [
        ("warning", "stratuslab.cfg:2", "node_bridge_name", "is set again at line 3, which counts"),
        ("warning", "stratuslab.cfg:1", "", "there is no section [node-default] in the reference"),
    ]


def test_a_password_for_everybody_to_read_is_warned_of(check: Check, tmp_path: Path) -> None:
    text = "[default]\npassword = x\n"
    assert [each.level for each in check(user=text) if not each.key] == []
    path = tmp_path / ".stratuslab/stratuslab-user.cfg"
    path.chmod(0o644)
    sources = Sources({"HOME": str(tmp_path), "STRATUSLAB_CONFIG_DIR": str(tmp_path)})
    found = [each for each in problems_of(sources) if not each.key]
    assert found[0].text == "everybody on this machine can read it, and it has password"
    assert found[0].hint == f"chmod o-rwx {path}"
    path.write_text("[default]\npassword =\n")
    assert problems_of(sources) == []


def test_a_file_that_cannot_be_read_is_a_problem_and_the_other_one_is_checked(check: Check, tmp_path: Path) -> None:
    check("", "[default]\nuser_publik_key_file = x\n")
    (tmp_path / "stratuslab.cfg").write_bytes(b"[nat]\n# \xff\n")
    sources = Sources({"HOME": str(tmp_path), "STRATUSLAB_CONFIG_DIR": str(tmp_path)})
    assert told(problems_of(sources)) == [
        ("error", "stratuslab.cfg:2", "", "this is not UTF-8"),
        (
            "error",
            "stratuslab-user.cfg:2",
            "user_publik_key_file",
            "there is no configuration key user_publik_key_file in [default]",
        ),
    ]
    assert problems_of(sources)[1].hint == "did you mean user_public_key_file?"


def test_a_section_that_is_selected_and_missing_is_found(check: Check) -> None:
    problems = check(user="[default]\nselected_section = b\n[a]\n")
    assert problems[0].hint == "its sections are: a"
    assert "there is no section [b]" in problems[0].text


def test_every_reference_that_comes_to_nothing_good_is_found(check: Check) -> None:
    site = "[nat]\nnat = %(nat_network)s\n[dhcp]\ndhcp = %(dhcp)s\n"
    assert [(each.key, each.where.rpartition(":")[2]) for each in check(site)] == [("nat", "2"), ("dhcp", "4")]


def test_rules_are_held_against_what_has_no_errors(tmp_path: Path) -> None:
    sources = Sources({"STRATUSLAB_CONFIG_DIR": str(tmp_path)})
    broken = ConfigError("two networks overlap", hint="see them")
    assert problems_of(sources, rules=lambda _: iter([broken])) == [
        Problem("error", "", "", broken.message, "see them")
    ]


def test_a_secret_is_in_no_problem(check: Check) -> None:
    site = "[messaging]\nrest_endpoints = hunter2\x01\n[one-user]\none_password = hunter2\x02\n"
    problems = check(site)
    assert len([each for each in problems if each.level == "error"]) == 2
    assert not any("hunter2" in str(each) for each in problems)
