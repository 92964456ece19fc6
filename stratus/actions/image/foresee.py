"""What a plan says of an image that a run would fetch first."""

from stratus.actions.image.places import source_of
from stratus.actions.image.planning import import_plan
from stratus.actions.image.resolve import known
from stratus.cloud import Cloud
from stratus.model.image import Checksums, ImageEntry, ImageFacts
from stratus.model.plan import Plan
from stratus.model.requests import Actor, ImportImageRequest
from stratus.model.steps.images import UNKNOWN_FORMAT


def foresee(cloud: Cloud, wanted: str, actor: Actor) -> tuple[ImageEntry, tuple[Plan, ...]]:
    """The image called `wanted`; or one as it will be, and the plan by which it comes. Changes nothing.

    Raises NotFound, BadInput."""
    here = known(cloud, wanted, actor)
    if here is not None:
        return here, ()
    request = ImportImageRequest(wanted)
    keep = cloud.images.steps(source_of(cloud, request, actor)).keep
    format = "raw" if keep.format == UNKNOWN_FORMAT else keep.format
    path = f"{keep.root}/{keep.identifier}.{format}"
    facts = ImageFacts(keep.identifier, format, 0, 0, Checksums("", "", "", ""), path)
    return ImageEntry(facts, wanted, actor.name, wanted, cloud.clock()), (import_plan(cloud, request, actor),)
