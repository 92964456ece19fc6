"""stratus audit: who asked what of the cloud, and how it ended."""

import time
from typing import TYPE_CHECKING

import click

from stratus import output
from stratus.commands.looks import listing_options
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Listing, Look
from stratus.model.moments import iso, moment_of
from stratus.model.requests import AuditRequest

if TYPE_CHECKING:
    from stratus.model.audit import Asked

REQUESTS: "Listing[Asked]" = Listing(
    {
        "request": lambda asked: asked.request_id,
        "at": lambda asked: iso(asked.at_s),
        "who": lambda asked: asked.who,
        "verb": lambda asked: asked.verb,
        "about": lambda asked: " ".join(asked.objects),
        "outcome": lambda asked: asked.outcome,
        "error": lambda asked: asked.error,
        "role": lambda asked: asked.role,
        "from": lambda asked: asked.origin or "here",
        "changes": lambda asked: asked.changes,
        "took_s": lambda asked: asked.took_s,
        "at_s": lambda asked: asked.at_s,
        "what": lambda asked: asked.what,
    },
    usual=("request", "at", "who", "from", "verb", "about", "outcome", "error"),
    name=lambda asked: asked.request_id,
    kept=("at", "who", "verb", "outcome"),
    sorted_as={"at": "at_s"},
)


@click.command("audit")
@click.option("--user", "who", default="", metavar="NAME", help="What this user asked.")
@click.option("--object", "thing", default="", metavar="NAME", help="What was about this instance, image or node.")
@click.option("--verb", default="", metavar="WORDS", help="Only this verb: run, kill, 'import image' and so on.")
@click.option("--changes", is_flag=True, help="Leave out what only looked.")
@click.option("--since", default="", metavar="WHEN", help="Not before: 2h, 7d, 2026-11-20, 2026-11-20T18:30.")
@click.option("--until", default="", metavar="WHEN", help="Not after.")
@click.option("-n", "--limit", type=click.IntRange(1), default=50, help="How many, the newest first; 50 unless told.")
@listing_options(REQUESTS)
@pass_session
def command(
    session: Session, who: str, thing: str, verb: str, changes: bool, since: str, until: str, limit: int, look: Look
) -> None:
    """Show what was asked of the cloud: who, from where, when, what, about which things, and how it ended. Users see
    what they asked themselves, operators and administrators all. `stratus log @REQUEST` shows one of them with all
    that it led to on the nodes.

    \b
    Examples:
      stratus audit --changes --since 7d
      stratus audit --user alice --verb kill
      stratus audit --object web -o json
    """
    now_s = time.time()
    since_s, until_s = (moment_of(text, now_s) if text else 0.0 for text in (since, until))
    found = session.perform(AuditRequest(who, verb, thing, since_s, until_s, changes, limit))
    output.listing(REQUESTS, found, look)
