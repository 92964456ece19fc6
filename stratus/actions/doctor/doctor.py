"""The doctor: what is wrong, judged by two readings of the ledger around one look at the nodes, and its mending."""

from stratus.actions import records
from stratus.actions.doctor import reading
from stratus.actions.doctor.mend import mend
from stratus.cloud import Cloud
from stratus.model.doctor.examine import examine
from stratus.model.doctor.finding import Diagnosis, Mended
from stratus.model.requests import Actor, DoctorRequest

ROUNDS = 20  # a mend may uncover the next thing, and each instance gets one mend in a round


def doctor(cloud: Cloud, request: DoctorRequest, actor: Actor) -> Diagnosis:
    """What is wrong; with `fix`, what was done about it and what is still wrong. Raises NotFound."""
    names = request.nodes
    diagnosis, looks = _diagnose(cloud, names)
    if not request.fix:
        return diagnosis
    mended: list[Mended] = []
    for _ in range(ROUNDS):
        tried = {(one.finding.code, one.finding.what) for one in mended}
        todo = [one for one in diagnosis.findings if one.mend.automatic and (one.code, one.what) not in tried]
        if not todo:
            break
        mended += mend(cloud, todo, looks)
        diagnosis, looks = _diagnose(cloud, names)
    return Diagnosis(diagnosis.nodes, diagnosis.instances, diagnosis.findings, tuple(mended))


def _diagnose(cloud: Cloud, names: tuple[str, ...]) -> tuple[Diagnosis, reading.Looks]:
    """What holds by the ledger before the look and by the ledger after it: what work in between has changed, or was
    about to change, is no finding."""
    before = reading.read(cloud)
    chosen = [records.node(cloud.ledger, name)[0] for name in names]
    nodes = chosen or [kept.value for kept in before.nodes.values()]
    looks = reading.look(cloud, nodes, before.instances)
    after = reading.read(cloud)
    front_end = cloud.premises.look()
    first, second = (
        examine(reading.with_ended(cloud, books, looks), looks.seen, looks.silent, front_end)
        for books in (before, after)
    )
    held = set(first)
    findings = tuple(finding for finding in second if finding in held)
    return Diagnosis(len(looks.seen), len(after.instances), findings), looks
