"""What another request about images would do, as plans. All of it happens on the front end."""

from stratus.actions.image.bring_in import check_name
from stratus.actions.image.build import name_of, steps_to_build
from stratus.actions.image.delete import deletable, steps_to_delete
from stratus.actions.image.places import source_of
from stratus.cloud import Cloud
from stratus.model.plan import Plan, shown
from stratus.model.requests import Actor, BuildImageRequest, DeleteImageRequest, ImportImageRequest, PlanImagesRequest
from stratus.model.steps.images import EnterImage, ImportSteps
from stratus.model.takes import Takes, disk_of

FRONT_END = "front end"


def plans(cloud: Cloud, request: PlanImagesRequest, actor: Actor) -> tuple[Plan, ...]:
    """A plan for each image. Raises what the request itself would for what can be seen before."""
    match request.of:
        case ImportImageRequest():
            return (import_plan(cloud, request.of, actor),)
        case BuildImageRequest():
            return (_build_plan(cloud, request.of),)
        case DeleteImageRequest():
            return _delete_plans(cloud, request.of, actor)


def import_plan(cloud: Cloud, request: ImportImageRequest, actor: Actor) -> Plan:
    """How one image would come in. Raises Denied for a place that is not the actor's to read."""
    if request.name:
        check_name(request.name)
    stored = cloud.images.steps(source_of(cloud, request, actor))
    place = stored.download.url if stored.download else stored.take_in.source
    return Plan("import", request.name or place, FRONT_END, _takes(cloud, stored), shown((*stored.all, EnterImage())))


def _build_plan(cloud: Cloud, request: BuildImageRequest) -> Plan:
    check_name(name_of(request))
    steps, stored = steps_to_build(cloud, request)
    return Plan("build", name_of(request), FRONT_END, _takes(cloud, stored), shown(steps))


def _delete_plans(cloud: Cloud, request: DeleteImageRequest, actor: Actor) -> tuple[Plan, ...]:
    free_bytes = cloud.images.free_bytes()
    found = []
    for entry in deletable(cloud, request, actor):
        facts = entry.facts
        steps = steps_to_delete(cloud, entry, actor)
        given_back = facts.size_bytes if len(steps) > 1 else 0  # content that others have too stays
        takes = Takes(disk_mib=disk_of(-given_back, free_bytes) if given_back else None)
        target = f"{facts.identifier} ({entry.name})"
        found.append(Plan("delete", target, FRONT_END, takes, shown(steps)))
        free_bytes += given_back
    return tuple(found)


def _takes(cloud: Cloud, stored: ImportSteps) -> Takes:
    return Takes(disk_mib=disk_of(stored.size_bytes, cloud.images.free_bytes()))
