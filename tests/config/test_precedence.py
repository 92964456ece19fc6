"""Which layer wins, for every pair of layers; and where they come from."""

import itertools
from pathlib import Path

import pytest

from stratus.config.sources import Sources
from stratus.errors import ConfigError

KEY = "default_instance_type"
# From the lowest to the highest.
LAYERS = ("built-in", "site", "user's [default]", "user's section", "variable", "option")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "home/.stratuslab").mkdir(parents=True)
    return tmp_path


def sources(folder: Path, *layers: str, environ: dict[str, str] | None = None) -> Sources:
    """A configuration in which these layers set the key, each to its own name."""
    line = {layer: f"{KEY} = {layer}\n" if layer in layers else "" for layer in LAYERS}
    (folder / "stratuslab.cfg").write_text("[default]\n" + line["site"])
    text = f"[default]\nselected_section = mine\n{line[LAYERS[2]]}[mine]\n{line[LAYERS[3]]}[other]\n{KEY} = never\n"
    (folder / "home/.stratuslab/stratuslab-user.cfg").write_text(text)
    variables = {"HOME": str(folder / "home"), "STRATUSLAB_CONFIG_DIR": str(folder), **(environ or {})}
    if "variable" in layers:
        variables["STRATUSLAB_DEFAULT_INSTANCE_TYPE"] = "variable"
    return Sources(variables, {KEY: "option"} if "option" in layers else {})


@pytest.mark.parametrize(("lower", "higher"), itertools.combinations(LAYERS, 2))
def test_of_two_layers_the_higher_one_counts(folder: Path, lower: str, higher: str) -> None:
    assert sources(folder, lower, higher).load().text(KEY) == higher


def test_each_layer_alone_counts_and_says_where_it_is(folder: Path) -> None:
    user = folder / "home/.stratuslab/stratuslab-user.cfg"
    origins = {
        "built-in": "default",
        "site": f"{folder}/stratuslab.cfg:2",
        "user's [default]": f"{user}:3",
        "user's section": f"{user}:4",
        "variable": "STRATUSLAB_DEFAULT_INSTANCE_TYPE",
        "option": "option",
    }
    for layer in LAYERS:
        config = sources(folder, layer).load()
        assert config.origin(KEY) == origins[layer]
        assert config.text(KEY) == ("m1.small" if layer == "built-in" else layer)


def test_all_layers_together(folder: Path) -> None:
    for number in range(1, len(LAYERS)):
        assert sources(folder, *LAYERS[: number + 1]).load().text(KEY) == LAYERS[number]


def test_the_section_is_chosen_by_option_then_variable_then_file(folder: Path) -> None:
    variable = {"STRATUSLAB_USER_CONFIG_SECTION": "other"}
    plain = sources(folder, "user's section")
    assert plain.load().text(KEY) == "user's section"
    assert sources(folder, "user's section", environ=variable).load().text(KEY) == "never"
    chosen = Sources({**plain.environ, **variable}, {"selected_section": "mine"})
    assert chosen.load().text(KEY) == "user's section"


def test_a_section_that_an_option_names_must_be_there_even_without_a_file(tmp_path: Path) -> None:
    places = {"HOME": str(tmp_path), "STRATUSLAB_CONFIG_DIR": str(tmp_path)}
    with pytest.raises(ConfigError, match=r"there is no section \[mine\], because there is no user configuration"):
        Sources(places, {"selected_section": "mine"}).load()
    Sources({**places, "STRATUSLAB_USER_CONFIG_SECTION": "mine"}).load()


def test_places_follow_the_environment() -> None:
    assert str(Sources({}).site) == "/etc/stratuslab/stratuslab.cfg"
    assert str(Sources({"STRATUSLAB_CONFIG_DIR": "/x"}).site) == "/x/stratuslab.cfg"
    assert str(Sources({"HOME": "/h"}).user) == "/h/.stratuslab/stratuslab-user.cfg"
    assert (str(Sources({"HOME": "/h"}, user_file="/f").user), Sources({}).user) == ("/f", None)


@pytest.mark.parametrize(
    "amounts", ["1, 2", "1, 2, 3, 4", "0, 1, 1", "1, 0, 1", "1, 1, -1", "a, b, c", "", "1.5, 2, 3"]
)
@pytest.mark.parametrize("place", ["site", "user"])
def test_a_machine_type_that_is_none_is_an_error_with_file_and_line(folder: Path, amounts: str, place: str) -> None:
    plain = sources(folder)
    path = plain.site if place == "site" else plain.user
    assert path
    path.write_text(f"[default]\n\n[instance_types]\nmy.type = {amounts}\n")
    with pytest.raises(ConfigError, match=rf"{path}:4: my\.type: '{amounts}' is no machine type"):
        plain.load()
