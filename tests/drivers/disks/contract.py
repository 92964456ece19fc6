"""What every way through the disks door must do."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from stratus.drivers.disks.protocol import Disks
from stratus.errors import BadInput, NotFound, StratusError
from stratus.model.context.values import ContextDisk

CONTEXT = ContextDisk("CONTEXT", (("context.sh", b"A='1'\n"), ("init.sh", b"#!/bin/sh\n")))


@dataclass(frozen=True)
class House:
    """The door under test, an image of 1 MiB to clone, an instances' folder, and a look at a file (None: not there)."""

    disks: Disks
    base: str
    instances: str
    look: Callable[[str], object | None]


class DisksContract:
    def test_an_overlay_says_its_format_and_is_there(self, house: House) -> None:
        path = f"{house.instances}/12/root.qcow2"

        assert house.disks.clone(house.base, "raw", path, "qcow2") == "qcow2"

        assert house.look(path) is not None

    def test_a_clone_that_is_there_is_left_alone(self, house: House) -> None:
        path = f"{house.instances}/12/root.qcow2"
        house.disks.clone(house.base, "raw", path, "qcow2")
        before = house.look(path)

        house.disks.clone(house.base, "raw", path, "qcow2", size_bytes=8 * 2**20)

        assert house.look(path) == before

    def test_a_missing_image_is_not_found_and_leaves_no_trace(self, house: House) -> None:
        path = f"{house.instances}/12/root.qcow2"

        with pytest.raises(NotFound):
            house.disks.clone(f"{house.base}.gone", "raw", path, "qcow2")

        assert house.look(path) is None

    @pytest.mark.parametrize(
        ("base_format", "format", "size"),
        [("qcow2", "raw", 0), ("vmdk", "qcow2", 0), ("raw", "vmdk", 0), ("raw", "qcow2", -512), ("raw", "qcow2", 1000)],
    )
    def test_a_clone_that_makes_no_sense_is_refused(
        self, house: House, base_format: str, format: str, size: int
    ) -> None:
        with pytest.raises(BadInput):
            house.disks.clone(house.base, base_format, f"{house.instances}/12/root", format, size_bytes=size)

    @pytest.mark.parametrize("path", ["disk.raw", "/a/../disk.raw", "//a/disk.raw", "/a/./disk.raw"])
    def test_a_path_with_detours_is_refused(self, house: House, path: str) -> None:
        with pytest.raises(BadInput):
            house.disks.make(path, 1)

    @pytest.mark.parametrize("filesystem", ["", "swap", "ext4"])
    def test_a_disk_is_made_once(self, house: House, filesystem: str) -> None:
        path = f"{house.instances}/12/disk.raw"
        house.disks.make(path, 4, filesystem=filesystem)
        before = house.look(path)

        house.disks.make(path, 8, filesystem=filesystem)

        assert before is not None
        assert house.look(path) == before

    @pytest.mark.parametrize(("size_mib", "filesystem"), [(0, ""), (-1, "swap"), (4, "ntfs")])
    def test_a_disk_that_makes_no_sense_is_refused(self, house: House, size_mib: int, filesystem: str) -> None:
        with pytest.raises(BadInput):
            house.disks.make(f"{house.instances}/12/disk.raw", size_mib, filesystem=filesystem)

    def test_context_and_record_are_replaced(self, house: House) -> None:
        context, record = f"{house.instances}/12/context.iso", f"{house.instances}/12/instance.json"
        house.disks.write_context(context, ContextDisk("cidata", (("user-data", b""),)))
        house.disks.write_record(record, "{}")
        before = house.look(context), house.look(record)

        house.disks.write_context(context, CONTEXT)
        house.disks.write_record(record, '{"naïve": "☃"}')

        assert house.look(context) != before[0]
        assert house.look(record) != before[1]

    def test_directories_are_listed_by_number(self, house: House) -> None:
        for number in ("10", "9", "100"):
            house.disks.write_record(f"{house.instances}/{number}/instance.json", "{}")
        house.disks.make_directory(f"{house.instances}/11")
        house.disks.make_directory(f"{house.instances}/11")
        house.disks.write_record(f"{house.instances}/not-an-instance/x", "{}")

        assert house.disks.directories(house.instances) == ["9", "10", "11", "100"]
        assert house.disks.directories(f"{house.instances}/9") == []
        assert house.disks.directories(f"{house.instances}/none") == []

    def test_a_directory_is_removed_with_all_that_is_in_it_and_nothing_else(self, house: House) -> None:
        mine, other = f"{house.instances}/1", f"{house.instances}/12"
        for directory in (mine, other):
            house.disks.make(f"{directory}/disk.raw", 1)
            house.disks.write_record(f"{directory}/instance.json", "{}")

        house.disks.remove(mine)
        house.disks.remove(mine)

        assert house.disks.directories(house.instances) == ["12"]
        assert house.look(f"{mine}/disk.raw") is None
        assert house.look(f"{other}/disk.raw") is not None

    @pytest.mark.parametrize("path", ["", "/", "/1", "{}", "{}/", "{}/1/..", "{}/../1", "{}/one", "{}/1/", "1", "{}/١"])
    def test_only_an_instance_directory_is_removed(self, house: House, path: str) -> None:
        house.disks.write_record(f"{house.instances}/1/instance.json", "{}")

        with pytest.raises(BadInput):
            house.disks.remove(path.format(house.instances))

        assert house.disks.directories(house.instances) == ["1"]

    def test_folders_are_seen_with_their_files_and_their_record(self, house: House) -> None:
        house.disks.make(f"{house.instances}/12/swap.raw", 1)
        house.disks.write_record(f"{house.instances}/12/instance.json", '{"id": 12}')
        house.disks.make_directory(f"{house.instances}/9")

        nine, twelve = house.disks.folders(house.instances)

        assert (nine.id, nine.files, nine.record) == (9, (), "")
        assert (twelve.id, twelve.files) == (12, ("instance.json", "swap.raw"))
        assert twelve.record == '{"id": 12}'
        assert house.disks.folders(f"{house.instances}/none") == ()

    def test_what_is_put_aside_is_kept_and_out_of_the_way(self, house: House) -> None:
        folder, aside = f"{house.instances}/12", f"{house.instances}-aside"
        house.disks.write_record(f"{folder}/instance.json", "{}")
        house.disks.write_record(f"{folder}/.x.part", "half")

        for _ in range(2):
            house.disks.put_aside(f"{folder}/.x.part", aside)
        for _ in range(2):
            house.disks.put_aside(folder, aside)

        assert house.disks.directories(house.instances) == []
        assert house.look(f"{aside}/.x.part") is not None
        assert house.look(f"{aside}/12/instance.json") is not None

    @pytest.mark.parametrize("path", ["/etc", "{}", "{}/../etc", "{}/12/a/b", "{}/one"])
    def test_only_what_is_an_instances_is_put_aside(self, house: House, path: str) -> None:
        with pytest.raises(BadInput):
            house.disks.put_aside(path.format(house.instances), f"{house.instances}-aside")

    def test_there_is_some_space(self, house: House) -> None:
        space = house.disks.space(f"{house.instances}/12")

        assert 0 < space.free_mib <= space.size_mib and 0 < space.free_share <= 1

    def test_a_directory_is_made_for_an_instance_only(self, house: House) -> None:
        with pytest.raises(BadInput):
            house.disks.make_directory(f"{house.instances}/sub")

    def test_errors_are_ours(self, house: House) -> None:
        with pytest.raises(StratusError):
            house.disks.clone("relative", "raw", f"{house.instances}/12/root", "qcow2")
