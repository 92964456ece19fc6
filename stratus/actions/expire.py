"""expire: orders that a silent node has not taken for long are given up, and what they held is free again."""

import logging
from functools import partial

from stratus.actions import collect, records, retry
from stratus.cloud import Cloud
from stratus.model.expiry import given_up, is_over
from stratus.model.node import Node
from stratus.model.order import Dispatched

log = logging.getLogger(__name__)
AT_ONCE = 10


def expire(cloud: Cloud, name: str) -> None:
    """Give up what has waited for `order_expiry_hours` for the node of that name, which has just not answered.

    Nobody else's clock ends an order: where no dispatcher ran, its node has first to be asked in vain."""
    after_s, now_s = cloud.settings.order_expiry_s, cloud.clock()
    for page in records.pages_of_orders(cloud.ledger, {"expiring": name}, AT_ONCE):
        old = [order.order.id for order in page if is_over(order, now_s, after_s)]
        for order_id in old:
            retry.on_conflict(cloud, partial(_give_up, cloud, order_id))
        if len(old) < len(page):  # they lie by age
            return


def _give_up(cloud: Cloud, order_id: str) -> None:
    """End it as failed, if it has surely not left: whoever sends it has marked it before, and wins."""
    found = records.read(cloud.ledger, records.ORDER, order_id, Dispatched)
    if found is None or found[0].status != "waiting":
        return
    node = records.read(cloud.ledger, records.NODE, found[0].node, Node)
    report = given_up(found[0], node[0].trouble if node else "it is no node any more", cloud.clock())
    cloud.ledger.commit(collect.changes(cloud, report))
    log.warning("order %s for %s has expired", order_id, found[0].node)
