"""stratus image: the images of this cloud."""

import click

from stratus.commands.group import lazy

TABLE = {
    "import": ("stratus.commands.image.bring_in", "bring an image in from a file or URL"),
    "build": ("stratus.commands.image.build", "make an image from a recipe"),
    "list": ("stratus.commands.image.listing", "show the images"),
    "show": ("stratus.commands.image.show", "show everything about images"),
    "log": ("stratus.commands.image.log", "what was done about an image, by which steps"),
    "delete": ("stratus.commands.image.delete", "remove images that nothing uses"),
}


@click.group("image", cls=lazy("image", TABLE, ""))
def command() -> None:
    """Images: bring them in, build them, list, show and delete them."""
