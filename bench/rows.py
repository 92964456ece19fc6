"""The whole table, in the order in which it is printed."""

from bench import agent, command_line, disks, dispatch, gate, idle, instances, machinery, placement, restart, sandbox

ROWS = (
    *command_line.ROWS,
    *gate.ROWS,
    *instances.ROWS,
    *disks.ROWS,
    *machinery.ROWS,
    *restart.ROWS,
    *agent.ROWS,
    *dispatch.ROWS,
    *placement.ROWS,
    *sandbox.ROWS,
    *idle.ROWS,
)
