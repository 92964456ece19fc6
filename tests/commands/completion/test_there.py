"""Completion of what is behind a gate: from what was last seen there, and nobody is asked."""

import pytest

from stratus.drivers.gate.names import MOST, NamesFile
from stratus.drivers.gate.played import PlayedGates
from stratus.model.endpoint import endpoint_of
from tests.drivers.gate.front_end import serving

PLACE = "ssh://cloud.example.org"


@pytest.fixture
def there(stratus):
    stratus.environ = {**stratus.environ, "STRATUSLAB_ENDPOINT": PLACE, "PATH": "/nowhere"}
    stratus.gates = PlayedGates({PLACE: serving(stratus.open, f"{stratus.folder}/uploads", "alice")}, {})
    return stratus


def offered(stratus, *words):
    said = stratus.words("--complete", "zsh", "stratus", *words)
    return {line.partition("\t")[0] for line in said.out.splitlines()[1:]}


def test_what_was_seen_is_offered_without_the_gate(there):
    there.ok("run tiny --name web --ram 64 --swap 0")
    there.ok("run tiny --name db --ram 64 --swap 0")
    there.ok("image list")
    there.ok("run --list-types")
    there.gates = PlayedGates({}, {})  # nothing answers any more
    assert offered(there, "kill", "") == {"web", "db"}
    assert offered(there, "run", "") == {"tiny"}
    assert {"m1.small", "c1.xlarge"} <= offered(there, "run", "--type", "")
    assert offered(there, "run", "--network", "") == set() or "local" in offered(there, "run", "--network", "")


def test_what_was_ended_is_not_offered_any_more(there):
    there.ok("run tiny -n 2 --name web --ram 64 --swap 0")
    there.ok("kill web-1")
    assert offered(there, "describe", "") == {"web-2"}
    there.ok("kill web-2 --wait")
    there.ok("describe")
    assert offered(there, "describe", "") == set()


def test_what_was_only_planned_is_not_offered(there):
    there.ok("run tiny --name web --ram 64 --swap 0 --plan")
    assert offered(there, "describe", "") == set()


def test_each_cloud_has_its_own_names(there):
    there.ok("run tiny --name web --ram 64 --swap 0")
    there.environ = {**there.environ, "STRATUSLAB_ENDPOINT": "ssh://other.example.org"}
    assert offered(there, "kill", "") == set()


def test_who_has_never_been_there_is_offered_nothing(there):
    assert offered(there, "kill", "") == set()


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "[]", '{"instances": 7}', '{"instances": [["a"], 3, ["a", 1, "b"]]}', '{"instances": null}'],
)
def test_a_broken_file_offers_nothing_and_is_mended_by_the_next_look(there, text):
    there.ok("run tiny --name web --ram 64 --swap 0")
    (path,) = (there.home / ".stratuslab/names").glob("*.json")
    path.write_text(text)
    assert offered(there, "kill", "") == set()
    there.ok("describe")
    assert offered(there, "kill", "") == {"web"}


def test_names_that_a_terminal_would_obey_are_not_offered(there, tmp_path):
    names = NamesFile(there.home / ".stratuslab/names", endpoint_of(PLACE))
    names.keep("instances", [("web\x1b[2J", "1", ""), ("a\nb", "2", ""), ("$(reboot)", "3", "")])
    assert offered(there, "kill", "") == {"$(reboot)"}  # which zsh quotes itself


def test_of_very_many_names_some_are_kept(tmp_path):
    names = NamesFile(tmp_path, endpoint_of(PLACE))
    names.keep("instances", [(f"i{number}", str(number), "") for number in range(MOST + 5)])
    assert len(names.read("instances")) == MOST


def test_a_folder_that_cannot_be_written_changes_nothing(tmp_path):
    (tmp_path / "names").write_text("a file")
    names = NamesFile(tmp_path / "names", endpoint_of(PLACE))
    names.keep("instances", [("web", "1", "")])
    assert names.read("instances") == []
