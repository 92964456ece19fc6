import pytest

from stratus.errors import BadInput
from stratus.model.argv import disks


@pytest.mark.parametrize(
    ("base_format", "reflinks", "format"),
    [("raw", True, "raw"), ("raw", False, "qcow2"), ("qcow2", True, "qcow2"), ("qcow2", False, "qcow2")],
)
def test_a_clone_is_a_reflink_where_it_can_be(base_format: str, reflinks: bool, format: str) -> None:
    assert disks.clone_format(base_format, reflinks) == format


def test_an_overlay_names_both_formats_and_is_bounded() -> None:
    (argv,) = disks.clone("/i/x", "raw", "/n/1/root", "qcow2", 1024)

    qemu_img = argv.index("qemu-img")
    assert argv[0] == "prlimit"
    assert list(argv[qemu_img + 1 :]) == ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", "/i/x", "/n/1/root", "1024"]


def test_a_reflink_copy_is_grown_only_when_asked() -> None:
    assert disks.clone("/i/x", "raw", "/n/1/root", "raw") == (("cp", "--reflink=always", "/i/x", "/n/1/root"),)
    assert disks.clone("/i/x", "raw", "/n/1/root", "raw", 1024)[1] == ("truncate", "--size=1024", "/n/1/root")


def test_a_disk_that_is_made_aside_has_the_identity_of_its_place() -> None:
    plan, run = disks.make("/n/1/swap", 4, "swap"), disks.make("/n/1/.aside", 4, "swap", identity="/n/1/swap")

    assert [[word.replace(".aside", "swap") for word in argv] for argv in run] == [list(argv) for argv in plan]


def test_the_context_disk_can_be_made_by_hand() -> None:
    (argv,) = disks.write_context("/n/1/context.iso", "CONTEXT", ("context.sh", "init.sh"))

    assert " ".join(argv).endswith(
        "-volid CONTEXT -rational-rock -joliet -output /n/1/context.iso -- context.sh init.sh"
    )


def test_only_an_instance_directory_is_removed() -> None:
    assert disks.remove("/n/12") == (("rm", "-rf", "--one-file-system", "/n/12"),)
    with pytest.raises(BadInput):
        disks.remove("/n")
