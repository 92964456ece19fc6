"""An order writes below the node's state directory, and nowhere else."""

import pytest

from stratus.errors import BadInput
from stratus.model import steps
from stratus.model.confinement import check_confined
from stratus.model.context.values import ContextDisk
from stratus.model.steps import Step
from tests.model import samples

STATE_DIR = "/var/lib/stratus"
OUTSIDE = (
    "/etc/cron.d/job",
    "/var/lib/stratus/../../../etc/passwd",
    "/var/lib/stratus-not/x",
    "/var/lib/stratus",
    "//var/lib/stratus/x",
    "instances/1/instance.json",
    "/var/lib/stratus/x\0y",
    "",
)


def writing(path: str) -> list[Step]:
    """Each kind of step that writes, there."""
    inside = f"{STATE_DIR}/aside"
    return [
        steps.WriteRecord(path, "{}"),
        steps.SetFileAside(path, inside),
        steps.SetFileAside(f"{STATE_DIR}/x", path),
        steps.SetAside(path, inside),
        steps.SetAside(f"{STATE_DIR}/instances/1", path),
        steps.MakeFolder(path),
        steps.RemoveFolder(path),
        steps.CloneDisk("/base.raw", "raw", path, "raw"),
        steps.MakeDisk(path, 1, ""),
        steps.WriteContext(path, ContextDisk("CONTEXT", ())),
        steps.DefineDomain("test:///default", samples.blueprint().domain, path),
    ]


@pytest.mark.parametrize("path", OUTSIDE)
def test_whatever_is_outside_is_refused_for_every_kind_of_step(path: str) -> None:
    for step in writing(path):
        with pytest.raises(BadInput, match="is not below /var/lib/stratus"):
            check_confined(step, STATE_DIR)


def test_what_is_below_passes_and_so_does_what_writes_no_file() -> None:
    for step in (*writing(f"{STATE_DIR}/instances/1/file"), *samples.run_steps()):
        check_confined(step, STATE_DIR)
        check_confined(step, f"{STATE_DIR}/")
