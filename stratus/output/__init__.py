"""The only writer to the terminal: results to standard output, everything else to standard error."""

from stratus.output.data import FORMATS, fields, plain, value
from stratus.output.listing import rows, table
from stratus.output.plans import command_line, plans
from stratus.output.problem import error
from stratus.output.progress import Progress
from stratus.output.text import clean, flush, give_up, note, show, survive_any_text

__all__ = [
    "FORMATS",
    "Progress",
    "clean",
    "command_line",
    "error",
    "fields",
    "flush",
    "give_up",
    "note",
    "plain",
    "plans",
    "rows",
    "show",
    "survive_any_text",
    "table",
    "value",
]
