"""Folders: the state directory's parts, with owners and modes that let QEMU reach the disks and nobody else."""

from stratus.install.deeds import Deed, Folder
from stratus.install.facts import Facts, Wish
from stratus.model.paths import RUN_DIR


def plan(facts: Facts, wish: Wish) -> tuple[Deed, ...]:
    """The folders that are missing, or have another owner or mode."""
    return tuple(folder for folder in _wanted(facts, wish) if not is_so(facts, folder))


def is_so(facts: Facts, folder: Folder) -> bool:
    """Whether the folder is there as described."""
    found = facts.files.get(folder.path)
    return found is not None and (found.kind, found.mode, found.owner, found.group) == (
        "folder",
        folder.mode,
        folder.owner,
        folder.group,
    )


def _wanted(facts: Facts, wish: Wish) -> tuple[Folder, ...]:
    """QEMU runs as a user of its own and must pass every folder above a disk: hence 0711."""
    admin = {"owner": wish.admin, "group": wish.admin_group}
    paths = wish.node_paths
    folders = [Folder(wish.state_dir, 0o711), Folder(paths.images, 0o711, **admin)]
    if not wish.release:
        folders.append(Folder(wish.config_dir, 0o755))
    if wish.frontend:
        folders.append(Folder(wish.front_end.folder, 0o700, **admin))
    if wish.node:
        folders += [Folder(paths.instances, 0o711), Folder(paths.agent, 0o711)]
    if wish.node and wish.node_link == "ssh":
        folders.append(Folder(wish.sshd_dir, 0o755))
    if not facts.systemd:
        folders.append(Folder(RUN_DIR, 0o755))
    return tuple(folders)
