"""StratusLab's table of machines, and its listing of everything that is known of one; to the byte, for scripts."""

from collections.abc import Mapping, Sequence

from stratus.model.instance import Instance, InstanceView
from stratus.model.states import State
from stratus.model.values import dataclass

_COLUMNS = (("id", 4), ("state", 10), ("vcpu", 5), ("memory", 10), ("cpu%", 5), ("host/ip", 24), ("name", 4))
_RULE = "-" * 25

# OpenNebula's numbers for the states: of the machine, and of its life while that is 3.
_NUMBERS: Mapping[State, tuple[int, int]] = {
    State.PENDING: (1, 0),
    State.PROLOG: (3, 1),
    State.BOOT: (3, 2),
    State.RUNNING: (3, 3),
    State.UNKNOWN: (3, 16),
    State.SHUTDOWN: (3, 12),
    State.EPILOG: (3, 11),
    State.STOPPED: (4, 0),
    State.SUSPENDED: (5, 0),
    State.DONE: (6, 0),
    State.FAILED: (7, 0),
}


@dataclass(frozen=True)
class Line:
    """One machine as the table has it; every text fit for a terminal."""

    cells: tuple[str, ...]
    error: str = ""


def line(view: InstanceView, host: str) -> Line:
    """The machine's line; `host` is the name or the address that it is reached by."""
    instance = view.instance
    cells = (
        str(instance.id),
        instance.state.value.title(),
        str(instance.cpu),
        str(view.memory_kib),
        str(view.cpu_percent),
        host,
        instance.name,
    )
    return Line(cells, instance.error)


def table(lines: Sequence[Line], *, errors: bool) -> str:
    """The table, header and all. A column whose longest value reaches its width grows to one more; the last never."""
    *wide, (last, least) = _COLUMNS
    widths = [max([width, *(len(each.cells[i]) + 1 for each in lines)]) for i, (_, width) in enumerate(wide)]
    rows = [Line(tuple(name for name, _ in (*wide, (last, least)))), *lines]
    text = ""
    for each in rows:
        cells = [cell.ljust(width) for cell, width in zip(each.cells, [*widths, least], strict=True)]
        text += "".join(cells) + "\n"
        if errors and each.error:
            text += " " * widths[0] + each.error + "\n"
    return text


def everything(view: InstanceView, host: str) -> str:
    """All attributes of one machine, sorted, under OpenNebula's names."""
    lines = [_RULE, f"{view.instance.id} (all attributes)"]
    return "\n".join((*lines, *(f"  {key} = {text}" for key, text in sorted(_attributes(view, host).items())))) + "\n"


def _attributes(view: InstanceView, host: str) -> Mapping[str, object]:
    instance = view.instance
    state, life = _NUMBERS[instance.state]
    return {
        "id": instance.id,
        "name": instance.name,
        "uname": instance.owner,
        "state": state,
        "lcm_state": life,
        "state_summary": instance.state.value.title(),
        "stime": int(instance.created_s),
        "etime": int(instance.changed_s) if instance.state is State.DONE else 0,
        "deploy_id": instance.domain,
        "memory": view.memory_kib,
        "cpu": view.cpu_percent,
        "history_records_history_hostname": instance.node,
        **_template(instance, host),
        **({"template_error_message": instance.error} if instance.error else {}),
        **(_screen(view) if view.blueprint else {}),
    }


def _template(instance: Instance, host: str) -> Mapping[str, object]:
    return {
        "template_name": instance.name,
        "template_vmid": instance.id,
        "template_cpu": instance.cpu,
        "template_vcpu": instance.cpu,
        "template_memory": instance.ram_mib,
        "template_disk_source": instance.image,
        "template_nic_hostname": host,
        "template_nic_ip": instance.lease.address,
        "template_nic_mac": instance.lease.mac,
        "template_nic_network": instance.lease.network,
    }


def _screen(view: InstanceView) -> Mapping[str, object]:
    assert view.blueprint is not None
    spec = view.blueprint.domain
    return {
        "template_graphics_type": "vnc",
        "template_graphics_port": spec.vnc_port,
        "template_graphics_listen": spec.vnc_listen,
        "template_graphics_keymap": spec.keymap,
    }
