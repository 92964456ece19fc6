"""The record beside an instance's disks, `instance.json`: enough to rebuild the ledger's documents from it."""

import json

from stratus.errors import BadInput
from stratus.model.codec import decode, encode
from stratus.model.domain import DomainSpec
from stratus.model.instance import Blueprint, Instance
from stratus.model.network import Port
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Record:
    """The instance as it was promised, its domain and its port; no context, which may hold secrets."""

    instance: Instance
    domain: DomainSpec
    port: Port


def record_text(instance: Instance, blueprint: Blueprint) -> str:
    """The text of `instance.json`."""
    record = {"instance": encode(instance), "domain": encode(blueprint.domain), "port": encode(blueprint.port)}
    return json.dumps(record, indent=1, sort_keys=True) + "\n"


def read_record(text: str, instance_id: int) -> Record:
    """The record of that instance. Raises BadInput saying what is wrong with it."""
    try:
        record = decode(Record, json.loads(text))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"it is no JSON: {error}") from error
    if record.instance.id != instance_id:
        raise BadInput(f"it is that of instance {record.instance.id}")
    return record
