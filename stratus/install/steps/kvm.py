"""The KVM device: where no udev runs, it is given the group and mode that udev would give it.

libvirt compares what its own user may do with what QEMU did when it was asked for its capabilities. With a device
that only root may open the two never agree, and libvirt asks QEMU again at each definition and start: seconds each.
"""

from stratus.install.deeds import Deed, Run
from stratus.install.facts import KVM_DEVICE, Facts, Wish

_GROUP, _MODE = "kvm", 0o660


def plan(facts: Facts, wish: Wish) -> tuple[Deed, ...]:
    """Hand the device to the group kvm, of which QEMU's user is a member."""
    device = facts.files.get(KVM_DEVICE)
    if not wish.node or facts.systemd or device is None:
        return ()
    group = Run(("chgrp", _GROUP, KVM_DEVICE), undo=("chgrp", device.group, KVM_DEVICE))
    mode = Run(("chmod", f"{_MODE:04o}", KVM_DEVICE), undo=("chmod", f"{device.mode:04o}", KVM_DEVICE))
    return (*((group,) if device.group != _GROUP else ()), *((mode,) if device.mode & _MODE != _MODE else ()))
