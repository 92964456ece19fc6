"""stratus image import: bring an image in."""

import click

from stratus import output
from stratus.commands.image.place import place_of
from stratus.commands.image.shown import IMAGES
from stratus.commands.looks import result_options
from stratus.commands.options import plan_option
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Look
from stratus.model.requests import ImportImageRequest, PlanImagesRequest


@click.command("import")
@click.argument("location", metavar="FILE|URL")
@click.option("--name", default="", help="What to call it; the file's name unless told.")
@click.option("--format", "disk_format", type=click.Choice(["raw", "qcow2"]), help="What it must be.")
@click.option("--compression", type=click.Choice(["none", "gz", "bz2", "xz"]), help="What it must be packed with.")
@click.option("--md5", metavar="HEX", help="The digest that its unpacked content must have.")
@click.option("--sha1", metavar="HEX", help="The same.")
@click.option("--sha256", metavar="HEX", help="The same.")
@click.option("--sha512", metavar="HEX", help="The same.")
@plan_option
@result_options(IMAGES)
@pass_session
def command(
    session: Session,
    location: str,
    name: str,
    disk_format: str | None,
    compression: str | None,
    md5: str | None,
    sha1: str | None,
    sha256: str | None,
    sha512: str | None,
    plan: bool,
    look: Look,
) -> None:
    """Fetch an image (raw or qcow2; plain, gz, bz2 or xz), verify it and keep it once. A cut download is resumed.

    \b
    Examples:
      stratus image import disk.qcow2 --name debian
      stratus image import https://example.org/disk.img.gz --sha256 1f2e...
    """
    digests = (("md5", md5), ("sha1", sha1), ("sha256", sha256), ("sha512", sha512))
    expected = tuple((algorithm, text.lower()) for algorithm, text in digests if text)
    place = session.bring(place_of(location if "/" in location or ":" in location else f"./{location}"))
    request = ImportImageRequest(place, name, disk_format or "", compression or "", expected)
    if plan:
        plans = session.perform(PlanImagesRequest(request))
        output.plans(plans, look.document)
        return
    output.listing(IMAGES, [session.perform(request)], look)
