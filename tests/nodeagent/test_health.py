"""What a node says is wrong with it."""

import os

import pytest

from stratus.drivers.queue.memory import MemoryQueue
from stratus.model.paths import NodePaths
from stratus.nodeagent.health import disk_ailments, queue_ailments

MIB = 1024 * 1024


def space(*, free_mib=1000, files=10_000, free_files=5_000, flags=0):
    return lambda folder: os.statvfs_result(
        (4096, 4096, MIB, free_mib * 256, free_mib * 256, files, free_files, free_files, flags, 255)
    )


@pytest.fixture
def paths(tmp_path):
    paths = NodePaths(str(tmp_path))
    os.makedirs(paths.instances)
    return paths


def test_a_healthy_disk_is_no_ailment(paths):
    assert list(disk_ailments(paths)) == []
    assert list(disk_ailments(paths, space())) == []


def test_a_full_disk_is_named_once_with_the_folder_and_what_is_left(paths):
    (full,) = disk_ailments(paths, space(free_mib=3))
    assert (full.text, full.mend) == (f"its disk is full: 3 MiB free in {paths.instances}", f"df -h {paths.instances}")
    assert full.grave


def test_a_disk_without_inodes_is_named_but_not_one_that_does_not_count_them(paths):
    (none,) = disk_ailments(paths, space(free_files=0))
    assert none.text == f"its disk has no inodes left: 0 free in {paths.instances}"
    assert list(disk_ailments(paths, space(files=0, free_files=0))) == []


def test_a_disk_that_was_made_read_only_is_named(paths):
    (fixed,) = disk_ailments(paths, space(flags=os.ST_RDONLY))
    assert fixed.text == f"its disk is read-only: {paths.instances}" and "remount,rw" in fixed.mend


def test_the_folders_need_not_be_there_yet(tmp_path):
    paths = NodePaths(str(tmp_path / "nothing"))
    (full,) = disk_ailments(paths, space(free_mib=0))
    assert str(tmp_path) in full.text


def test_what_was_given_up_is_harmless(paths):
    queue = MemoryQueue(max_tries=1)
    queue.put(b"bad")
    queue.release(queue.claim(), reason="no order")
    (odd,) = queue_ailments(queue, MemoryQueue())
    assert "no order" in odd.text and odd.mend and not odd.grave
