import lzma
from pathlib import Path

import pytest

from stratus.drivers.appliance.modules import ModuleTree, load_order
from stratus.errors import BadInput

NEEDS = {
    "virtio_pci": ("virtio_pci_legacy_dev", "virtio_ring", "virtio"),
    "virtio_ring": ("virtio",),
    "virtio_net": ("net_failover", "virtio", "virtio_ring"),
    "net_failover": ("failover",),
}


def needs(name: str) -> tuple[str, ...]:
    return NEEDS.get(name, ())


def test_a_module_comes_after_all_that_it_needs_and_only_once() -> None:
    order = load_order(("virtio_pci", "virtio_net"), needs)

    assert len(order) == len(set(order)) == 7
    for name, before in NEEDS.items():
        assert all(order.index(need) < order.index(name) for need in before)


def test_modules_that_need_each_other_are_refused() -> None:
    with pytest.raises(BadInput, match="a -> b -> a"):
        load_order(("a",), {"a": ("b",), "b": ("a",)}.__getitem__)


def tree(folder: Path) -> ModuleTree:
    (folder / "kernel/drivers").mkdir(parents=True)
    (folder / "modules.builtin").write_text("kernel/fs/ext4/ext4.ko\nkernel/drivers/char/hw_random/virtio-rng.ko\n")
    (folder / "kernel/drivers/plain.ko").write_bytes(b"\x7fELF")
    (folder / "kernel/drivers/virtio-net.ko.xz").write_bytes(lzma.compress(b"\x7fELF"))
    return ModuleTree.read(folder)


def test_files_and_built_in_modules_are_known_by_the_kernels_own_names(tmp_path: Path) -> None:
    found = tree(tmp_path)

    assert set(found.files) == {"plain", "virtio_net"}
    assert found.missing(("ext4", "virtio_rng", "virtio_net", "virtio-net", "ahci")) == ("ahci",)
