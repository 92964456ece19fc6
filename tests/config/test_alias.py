"""The section [alias]: free names, whose lines disturb nothing else, and are found wrong where they are."""

import pytest

from stratus.config.alias import Alias
from stratus.config.problems import problems_of
from stratus.config.sources import Sources
from stratus.errors import ConfigError


@pytest.fixture
def sources(tmp_path):
    (tmp_path / ".stratuslab").mkdir()
    return Sources({"HOME": str(tmp_path), "STRATUSLAB_CONFIG_DIR": str(tmp_path)})


def write(sources, *, site="", user=""):
    sources.site.write_text(site)
    sources.user.write_text(user)


def test_the_users_alias_wins_over_that_of_the_site(sources):
    write(sources, site="[alias]\nll = describe\nup = run\n", user="[default]\n[alias]\nLL = describe -a\n")
    assert {name: (each.text, each.origin) for name, each in sources.aliases().items()} == {
        "ll": ("describe -a", f"{sources.user}:3"),
        "up": ("run", f"{sources.site}:3"),
    }


def test_the_name_of_an_alias_may_be_that_of_a_key_and_sets_no_key(sources):
    write(sources, site="[alias]\nnat = describe\n", user="[default]\n[alias]\nusername = describe 100%\n")
    config = sources.load()
    assert not config.is_set("nat") and not config.is_set("username")
    assert problems_of(sources) == []


def test_the_section_cannot_be_selected(sources):
    write(sources, user="[default]\nselected_section = alias\n[alias]\nll = describe\n")
    with pytest.raises(ConfigError, match=r"no section \[alias\]"):
        sources.load()


@pytest.mark.parametrize("where", ["site", "user"])
def test_a_wrong_alias_is_found_with_its_file_and_line(sources, where):
    head = "[default]\n" if where == "user" else "\n"
    write(sources, **{"user": "[default]\n", where: f"{head}[alias]\nll = describe 'x\n"})
    path = getattr(sources, where)
    with pytest.raises(ConfigError) as caught:
        sources.load()
    assert str(caught.value) == f"{path}:3: alias ll: its quotes do not close (no closing quotation)"
    (problem,) = problems_of(sources)
    assert (problem.level, problem.where, problem.key) == ("error", f"{path}:3", "ll")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("describe -o json", ["describe", "-o", "json"]),
        ("kill 'a b' \"c\" d\\ e", ["kill", "a b", "c", "d e"]),
        ("run $HOME `id` $(id) ~ *", ["run", "$HOME", "`id`", "$(id)", "~", "*"]),
        ("run\n  tiny", ["run", "tiny"]),
        ("kill ''", ["kill", ""]),
    ],
)
def test_words_are_taken_apart_and_nothing_is_expanded(text, words):
    assert Alias("a", text, "here:1").words() == words
