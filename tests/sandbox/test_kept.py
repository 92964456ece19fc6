"""Tables that outlive their process."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from stratus.errors import NoCapacity
from stratus.sandbox.kept import Kept


def test_what_was_put_in_and_taken_out_is_found_so_again(tmp_path):
    domains, ports = (Kept(tmp_path / "machine").table(name) for name in ("domains", "ports"))
    kept = Kept(tmp_path / "machine")
    domains, ports = kept.table("domains"), kept.table("ports")
    domains["one-1"], domains["one-2"], ports["st1n0"] = ("running",), ("off",), None
    domains["one-1"] = ("paused",)
    del domains["one-2"]
    ports.clear()

    again = Kept(tmp_path / "machine")

    assert dict(again.table("domains")) == {"one-1": ("paused",)}
    assert dict(again.table("ports")) == {}


def test_a_record_that_was_torn_is_as_if_it_had_not_been_made(tmp_path):
    table = Kept(tmp_path / "machine").table("domains")
    table["one-1"], table["one-2"] = "running", "running"
    whole = (tmp_path / "machine").read_bytes()
    (tmp_path / "machine").write_bytes(whole[:-3])
    again = Kept(tmp_path / "machine").table("domains")
    assert dict(again) == {"one-1": "running"}
    again["one-3"] = "off"
    assert dict(Kept(tmp_path / "machine").table("domains")) == {"one-1": "running", "one-3": "off"}


def test_the_file_does_not_grow_with_what_is_over(tmp_path):
    table = Kept(tmp_path / "machine").table("domains")
    for number in range(2000):
        table[f"one-{number % 3}"] = number
    assert (tmp_path / "machine").stat().st_size < 20_000
    assert dict(Kept(tmp_path / "machine").table("domains")) == {"one-0": 1998, "one-1": 1999, "one-2": 1997}


def test_what_a_full_disk_has_cut_anywhere_is_dropped_and_what_follows_is_kept(tmp_path):
    path = tmp_path / "machine"
    Kept(path).table("domains")["one-1"] = "running"
    first = path.stat().st_size
    Kept(path).table("domains")["one-2"] = "running" * 20
    whole = path.read_bytes()
    for size in range(first, len(whole)):
        path.write_bytes(whole[:size])
        Kept(path).table("domains")["one-3"] = "off"
        assert dict(Kept(path).table("domains")) == {"one-1": "running", "one-3": "off"}


def test_changes_of_several_tables_at_once_are_all_kept(tmp_path):
    kept = Kept(tmp_path / "machine")

    def change(name):
        table = kept.table(name)
        for number in range(600):
            table[f"{name}-{number % 40}"] = number
            if number % 3 == 0:
                del table[f"{name}-{number % 40}"]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(change, "abcd"))
    again = Kept(tmp_path / "machine")
    assert {name: dict(again.table(name)) for name in "abcd"} == {name: dict(kept.table(name)) for name in "abcd"}


def test_what_cannot_be_recorded_is_not_changed(tmp_path):
    table = Kept(tmp_path / "gone" / "machine").table("domains")
    with pytest.raises(NoCapacity, match="No such file"):
        table["one-1"] = "running"
    assert dict(table) == {}
