"""stratus image build: make an image from a recipe."""

import click

from stratus import output
from stratus.commands.image.shown import IMAGES
from stratus.commands.looks import result_options
from stratus.commands.options import plan_option
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Look
from stratus.model.requests import BuildImageRequest, ListRecipesRequest, PlanImagesRequest


@click.command("build")
@click.argument("recipe", required=False)
@click.option("--name", default="", help="What to call it; as the recipe unless told.")
@click.option("-l", "--list", "list_recipes", is_flag=True, help="Print the recipes and leave.")
@plan_option
@result_options(IMAGES)
@pass_session
def command(session: Session, recipe: str | None, name: str, list_recipes: bool, plan: bool, look: Look) -> None:
    """Build an image on the front end from the distribution's own packages.

    \b
    Examples:
      stratus image build tiny --plan
      stratus image build tiny
    """
    if list_recipes or not recipe:
        known = [{"recipe": each.name, "about": each.about} for each in session.perform(ListRecipesRequest())]
        output.rows(known, ("recipe", "about"), look.document)
        return
    request = BuildImageRequest(recipe, name)
    if plan:
        plans = session.perform(PlanImagesRequest(request))
        output.plans(plans, look.document)
        return
    output.listing(IMAGES, [session.perform(request)], look)
