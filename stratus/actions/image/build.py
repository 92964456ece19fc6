"""image build: make an image from a recipe, then bring it in like any other."""

from stratus.actions.image.bring_in import bring_in_with, check_name
from stratus.actions.image.work import Work
from stratus.cloud import Cloud
from stratus.drivers.images.protocol import Progress
from stratus.model.image import ImageEntry, ImageSource
from stratus.model.plan import Explained
from stratus.model.requests import Actor, BuildImageRequest, ImportImageRequest
from stratus.model.steps.images import EnterImage, ImportSteps


def build(cloud: Cloud, request: BuildImageRequest, actor: Actor, progress: Progress) -> ImageEntry:
    """The image, built and named (after its recipe unless told otherwise). Raises NotFound, CommandFailed."""
    check_name(name_of(request))
    target = cloud.appliances.target(request.recipe)
    with cloud.appliances.turn(request.recipe):
        work = Work(cloud.clock, steps_to_build(cloud, request)[0])
        format = cloud.appliances.build(request.recipe, target, progress=progress, doing=work.doing)
        made = _import(request, target, format)
        return bring_in_with(cloud, made, actor, progress, work, "build", _source(made))


def steps_to_build(cloud: Cloud, request: BuildImageRequest) -> tuple[tuple[Explained, ...], ImportSteps]:
    """All that building and bringing in takes, in order; and the store's part of it. Changes nothing."""
    target = cloud.appliances.target(request.recipe)
    steps, format = cloud.appliances.steps(request.recipe, target)
    stored = cloud.images.steps(_source(_import(request, target, format)), unseen=True)
    return (*steps, *stored.all, EnterImage()), stored


def name_of(request: BuildImageRequest) -> str:
    """What the image will be called."""
    return request.name or request.recipe


def _import(request: BuildImageRequest, target: str, format: str) -> ImportImageRequest:
    return ImportImageRequest(target, name_of(request), format=format, compression="none")


def _source(made: ImportImageRequest) -> ImageSource:
    """What the front end has built is its own file, whoever asked for it."""
    return ImageSource(made.location, made.format, made.compression)
