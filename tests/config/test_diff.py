"""The difference of two texts, without their passwords."""

import subprocess
from pathlib import Path

from stratus.config.diff import difference

OLD = (
    "[default]\nusername = bob\npassword = hunter2\nendpoints =\n a u hunter3\n b u hunter4\n"
    + "# x\n" * 9
    + "name = n\n"
)
NEW = OLD.replace("hunter2", "hunter5").replace("bob", "alice").replace("name = n\n", "name = m\nnat = 1\n")


def test_it_is_what_diff_says(tmp_path: Path) -> None:
    (tmp_path / "old").write_text(OLD)
    (tmp_path / "new").write_text(NEW)
    argv = ["diff", "-u", "--label", "x", "--label", "x", "old", "new"]
    said = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False).stdout
    assert difference(Path("x"), OLD, NEW, reveal=True) == said.splitlines()


def test_a_changed_password_is_a_change_that_nobody_sees() -> None:
    lines = difference(Path("x"), OLD, NEW)
    assert "-password = ***" in lines and "+password = ***" in lines
    assert not any("hunter" in line for line in lines)
    assert len(lines) == len(difference(Path("x"), OLD, NEW, reveal=True))


def test_a_new_file_and_no_difference() -> None:
    assert difference(Path("x"), "", "[nat]\n") == ["--- x", "+++ x", "@@ -0,0 +1 @@", "+[nat]"]
    assert difference(Path("x"), OLD, OLD) == []
