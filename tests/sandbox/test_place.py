"""The folder of a sandbox: whose it may be, what is removed, and what never is."""

import os

import pytest

from stratus.errors import BadInput, Conflict, Denied, NotFound, StratusError
from stratus.sandbox.place import Place, place_of


def test_a_folder_with_something_in_it_is_never_taken_nor_removed(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(Conflict, match="not empty"):
        Place(tmp_path).make()
    with pytest.raises(NotFound):
        Place(tmp_path).remove()
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_what_somebody_put_into_a_sandbox_stays(tmp_path):
    place = Place(tmp_path / "box")
    place.make()
    place.make()
    (place.folder / "notes").write_text("mine")
    with pytest.raises(Conflict, match="notes"):
        place.remove()
    assert os.listdir(place.folder) == ["notes"]


def test_removing_follows_no_link(tmp_path):
    (tmp_path / "treasure").mkdir()
    (tmp_path / "treasure" / "gold").write_text("heavy")
    place = Place(tmp_path / "box")
    place.make()
    place.state.symlink_to(tmp_path / "treasure")
    place.remove()
    assert (tmp_path / "treasure" / "gold").read_text() == "heavy"
    assert not place.folder.exists()


def test_a_link_to_a_sandbox_is_not_one(tmp_path):
    Place(tmp_path / "box").make()
    (tmp_path / "link").symlink_to("box")
    with pytest.raises(Conflict, match="link"):
        Place(tmp_path / "link").remove()
    assert Place(tmp_path / "box").is_sandbox()


@pytest.mark.live  # only root gives files away
def test_somebody_else_s_sandbox_is_left_alone(tmp_path):
    place = Place(tmp_path / "box")
    place.make()
    os.chown(place.folder, 65534, 65534)
    with pytest.raises(Denied, match="a folder of user 65534"):
        place.check()


def test_a_sandbox_of_another_release_is_left_alone(tmp_path):
    Place(tmp_path / "box").make()
    (tmp_path / "box" / "sandbox.json").write_text('{"format": 99}')
    with pytest.raises(StratusError, match="another release"):
        Place(tmp_path / "box").remove()


@pytest.mark.parametrize(
    "name", ["with blanks", 'it\'s "quoted"', "100%(key)s", "a\nb", "$(date)", "\u202eright to left"]
)
def test_any_name_will_do(tmp_path, name):
    place = Place(tmp_path / name)
    place.make()
    place.remove()
    assert not place.folder.exists()


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "file/below"])
def test_a_folder_that_cannot_be_is_refused(tmp_path, name):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput):
        Place(tmp_path / name).make()


def test_only_a_process_that_lives_occupies_it(tmp_path):
    place = Place(tmp_path / "box")
    place.make()
    assert place.pid() is None
    with place.occupied():
        assert place.pid() == os.getpid()
    assert place.pid() is None


def test_which_sandbox_is_meant(tmp_path):
    place = Place(tmp_path / "box")
    place.make()
    home = {"HOME": str(tmp_path)}
    assert place_of("", home).folder == tmp_path / ".stratuslab" / "sandbox"
    assert place_of("", {**home, "STRATUSLAB_CONFIG_DIR": str(place.etc)}).folder == place.folder
    assert place_of("", {**home, "STRATUSLAB_CONFIG_DIR": "/etc/stratuslab"}).folder == tmp_path / ".stratuslab/sandbox"
    assert place_of(str(place.folder), {}).folder == place.folder
    with pytest.raises(BadInput, match="HOME"):
        place_of("", {})


def test_inside_nothing_leads_to_another_cloud(tmp_path):
    place = Place(tmp_path / "box")
    environ = {"HOME": str(tmp_path), "STRATUSLAB_STATE_DIR": "/var/lib/stratus", "STRATUSLAB_KEY": "/my/key.pub"}
    inside = place.environ(environ)
    assert inside == {
        "HOME": str(tmp_path),
        "STRATUSLAB_CONFIG_DIR": str(place.etc),
        "STRATUSLAB_STATE_DIR": str(place.state),
        "STRATUSLAB_NODE_LINK": "sandbox",
        "STRATUSLAB_ENDPOINT": "",
        "STRATUSLAB_KEY": "/my/key.pub",
    }
    assert place.environ({"HOME": str(tmp_path)})["STRATUSLAB_KEY"] == str(place.public_key)
