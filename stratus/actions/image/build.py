"""image build: make an image from a recipe, then bring it in like any other."""

import tempfile

from stratus.actions.image.bring_in import bring_in, check_name
from stratus.cloud import Cloud
from stratus.drivers.images.protocol import Progress
from stratus.model.requests import Actor, BuildImageRequest, ImportImageRequest
from stratus.model.views import ImageEntry


def build(cloud: Cloud, request: BuildImageRequest, actor: Actor, progress: Progress) -> ImageEntry:
    """The image, built and named (after its recipe unless told otherwise). Raises NotFound, CommandFailed."""
    name = request.name or request.recipe
    check_name(name)
    with tempfile.TemporaryDirectory(prefix="stratus-build-") as folder:
        target = f"{folder}/{request.recipe}.img"
        format = cloud.appliances.build(request.recipe, target, progress=progress)
        return bring_in(cloud, ImportImageRequest(target, name, format=format), actor, progress)
