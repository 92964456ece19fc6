"""image build --list: what the front end can build images from."""

from stratus.cloud import Cloud
from stratus.model.image import Recipe
from stratus.model.requests import Actor, ListRecipesRequest


def recipes(cloud: Cloud, request: ListRecipesRequest, actor: Actor) -> tuple[Recipe, ...]:
    """All of them."""
    return tuple(Recipe(name, about) for name, about in cloud.appliances.recipes())
