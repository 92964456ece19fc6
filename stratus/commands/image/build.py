"""stratus image build: make an image from a recipe."""

import click

from stratus import output
from stratus.commands.image.shown import COLUMNS, row
from stratus.commands.options import output_option
from stratus.commands.session import Session, pass_session
from stratus.model.requests import BuildImageRequest


@click.command("build")
@click.argument("recipe", required=False)
@click.option("--name", default="", help="What to call it; as the recipe unless told.")
@click.option("-l", "--list", "list_recipes", is_flag=True, help="Print the recipes and leave.")
@output_option
@pass_session
def command(session: Session, recipe: str | None, name: str, list_recipes: bool, format: str) -> None:
    """Build an image on this machine from the distribution's own packages.

    \b
    Example:
      stratus image build tiny
    """
    if list_recipes or not recipe:
        known = [{"recipe": word, "about": about} for word, about in session.cloud.appliances.recipes()]
        output.rows(known, ("recipe", "about"), format)
        return
    output.rows([row(session.perform(BuildImageRequest(recipe, name)))], COLUMNS, format)
