"""The only writer to the terminal: results to standard output, everything else to standard error."""

from stratus.output.colour import is_coloured
from stratus.output.data import FORMATS, fields, plain, value
from stratus.output.listing import details, listing, rows
from stratus.output.plans import command_line, plans
from stratus.output.problem import error, report_bug, voice_of
from stratus.output.progress import Progress, is_live
from stratus.output.text import clean, flush, give_up, note, show, survive_any_text, write

__all__ = [
    "FORMATS",
    "Progress",
    "clean",
    "command_line",
    "details",
    "error",
    "fields",
    "flush",
    "give_up",
    "is_coloured",
    "is_live",
    "listing",
    "note",
    "plain",
    "plans",
    "report_bug",
    "rows",
    "show",
    "survive_any_text",
    "value",
    "voice_of",
    "write",
]
