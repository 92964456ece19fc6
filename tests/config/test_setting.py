"""In which file and section a key is set."""

from pathlib import Path

import pytest

from stratus.config.setting import setting, unsetting
from stratus.config.sources import Sources
from stratus.errors import BadInput, ConfigError, NotFound, UsageError

USER = "[default]\nselected_section = a\n[a]\nusername = aa\ndefault_instance_type = m1.large\n[b]\n"


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    (tmp_path / "home/.stratuslab").mkdir(parents=True)
    return Sources({"HOME": str(tmp_path / "home"), "STRATUSLAB_CONFIG_DIR": str(tmp_path)})


def user_file(sources: Sources, text: str) -> Path:
    assert sources.user
    sources.user.write_text(text)
    return sources.user


def test_a_key_of_the_site_goes_to_the_sites_file_into_its_section(sources: Sources) -> None:
    change = setting(sources, "nat_network", "10.0.0.0")
    assert (change.path, change.section, change.new_mode) == (sources.site, "nat", 0o644)
    assert change.after.endswith("[nat]\nnat_network = 10.0.0.0\n") and change.after.startswith("# ")


def test_it_is_changed_where_it_stands_already(sources: Sources) -> None:
    sources.site.write_text("[nat]\nnat = on\n[mine]\nnat = off\n")
    assert setting(sources, "nat", "yes").after == "[nat]\nnat = on\n[mine]\nnat = yes\n"
    with pytest.raises(UsageError, match=r"belongs in \[mine\]"):
        setting(sources, "nat", "yes", section="nat")


def test_a_key_of_the_user_goes_where_it_counts(sources: Sources) -> None:
    path = user_file(sources, USER)
    place = {
        name: setting(sources, name, value).section
        for name, value in {
            "endpoint": "x",  # belongs to a cloud, and there is one
            "default_instance_type": "m1.small",  # is in [a], which covers [default]
            "user_public_key_file": "k.pub",
            "selected_section": "b",
        }.items()
    }
    assert place == {
        "endpoint": "a",
        "default_instance_type": "a",
        "user_public_key_file": "default",
        "selected_section": "default",
    }
    chosen = Sources(sources.environ, {"selected_section": "b"})
    assert setting(chosen, "endpoint", "x").section == "b"
    variable = Sources({**sources.environ, "STRATUSLAB_USER_CONFIG_SECTION": "b"})
    assert setting(variable, "endpoint", "x").section == "b"
    assert setting(sources, "endpoint", "x", section="new").after == f"{USER}\n[new]\nendpoint = x\n"
    assert path.read_text() == USER


def test_without_a_selected_section_it_goes_to_the_default_one(sources: Sources) -> None:
    change = setting(sources, "endpoint", "x")
    assert (change.section, change.new_mode) == ("default", 0o600)
    change.make()
    assert sources.load().text("endpoint") == "x"


def test_a_file_without_a_default_section_gets_one(sources: Sources) -> None:
    user_file(sources, "[a]\nendpoint = x\n")
    setting(sources, "endpoint", "y").make()
    assert sources.load().text("endpoint") == "y"


def test_either_file_can_be_asked_for(sources: Sources) -> None:
    assert setting(sources, "nat", "no", user=True).path == sources.user
    assert setting(sources, "endpoint", "x", user=False).path == sources.site
    with pytest.raises(ConfigError, match="no home"):
        setting(Sources({}), "endpoint", "x")


def test_a_section_that_is_chosen_and_not_there_is_an_error(sources: Sources) -> None:
    with pytest.raises(ConfigError, match=r"no section \[b\]"):
        setting(Sources(sources.environ, {"selected_section": "b"}), "endpoint", "x")


def test_a_machine_type_has_three_numbers(sources: Sources) -> None:
    setting(sources, "my.type", "2, 512, 0", section="instance_types").make()
    assert sources.load().instance_types() == {"my.type": (2, 512, 0)}
    with pytest.raises(BadInput, match="no machine type"):
        setting(sources, "my.type", "2, 512", section="instance_types")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("nat", "perhaps", "nat: 'perhaps' is neither true nor false"),
        ("pdisk_port", "99999", "is more than 65535"),
        ("node_link", "pigeon", "is none of: ssh, local, sandbox"),
        ("nat_network", "a\0b", "has a control character in it"),
        ("nat_network", "\x1b[31m", "has a control character in it"),
        ("nat_network", "a\rb", "has a control character in it"),
        ("nat_network", "\udcff", "is not UTF-8"),
        ("one_password", "hunter2\0", "one_password: its value has a control character in it"),
        ("nat", "%(nat_network)s", "neither true nor false"),
        ("nat_network", "%(nat_network)s", "refers to itself"),
        ("stratuslab_location", "'''\"\"\"\n", "both kinds of triple quotes"),
        ("selected_section", "none", r"no section \[none\]"),
    ],
)
def test_a_value_that_the_key_cannot_have_is_refused(sources: Sources, name: str, value: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        setting(sources, name, value)
    assert "hunter2" not in caught.value.message
    assert not sources.site.exists()


def test_an_unknown_key_suggests_the_nearest(sources: Sources) -> None:
    with pytest.raises(ConfigError) as caught:
        setting(sources, "nat_netwrok", "x")
    assert caught.value.hint == "did you mean nat_network?"


def test_other_errors_of_the_file_do_not_stand_in_the_way(sources: Sources) -> None:
    sources.site.write_text("[nat]\nnat_netwrok = 1\nnat = perhaps\n")
    change = setting(sources, "nat", "no")
    assert "nat = no" in change.after and "nat_netwrok = 1" in change.after


def test_the_change_is_made_to_the_text_that_is_there_then(sources: Sources) -> None:
    sources.site.write_text("[nat]\nnat = on\n")
    change = setting(sources, "nat", "off")
    sources.site.write_text("[nat]\nnat = on\nnat_network = 10.0.0.0\n")
    assert change.make() is True and change.make() is False
    assert sources.site.read_text() == "[nat]\nnat = off\nnat_network = 10.0.0.0\n"


def test_what_is_not_set_cannot_be_unset(sources: Sources) -> None:
    with pytest.raises(NotFound, match=r"nat is not set in \[nat\]"):
        unsetting(sources, "nat")
    sources.site.write_text("[mine]\nnat = on\n")
    assert unsetting(sources, "nat").after == "[mine]\n"
