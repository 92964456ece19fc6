"""forget: instances that have been done for long go out of the ledger, with their histories and archived orders; and
what was asked so long ago goes out of the audit."""

from stratus.actions import records
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete, Document, Lease, Put
from stratus.model.instance import Instance

PAGE = 200


def forget(cloud: Cloud, fence: Lease | None = None) -> int:
    """How many are forgotten: those that ended more than `keep_finished_days` ago. The cost follows their number.

    It goes from the oldest on and ends where a page has none: one that lived long goes with its neighbours."""
    until_s = cloud.clock() - cloud.settings.keep_finished_days * 86400.0
    cloud.audit.forget(until_s)
    gone, after = 0, ""
    while page := cloud.ledger.find(records.ARCHIVE, after=after, limit=PAGE):
        due = [document for document in page if records.value_of(document, Instance).changed_s < until_s]
        if not due:
            break
        changes: list[Put | Delete] = [change for document in due for change in _everything(cloud, document)]
        cloud.ledger.commit(changes, fence=fence)
        gone, after = gone + len(due), page[-1].key
    return gone


def _everything(cloud: Cloud, document: Document) -> list[Put | Delete]:
    orders = cloud.ledger.find(records.ORDER_ARCHIVE, where={"instance": str(int(document.key))})
    return [
        Delete(records.ARCHIVE, document.key),
        Delete(records.HISTORY, document.key),
        *(Delete(records.ORDER_ARCHIVE, order.key) for order in orders),
    ]
