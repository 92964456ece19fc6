"""The kinds of documents that the ledger holds."""

INSTANCE, ARCHIVE, HISTORY, BLUEPRINT = "instance", "archive", "history", "blueprint"
ORDER, ORDER_ARCHIVE, NODE, SWEEP = "order", "order-archive", "node", "sweep"
ADDRESS, NAME, IMAGE, IMAGE_NAME, COUNTER = "address", "name", "image", "image-name", "counter"
IMAGE_HISTORY = "image-history"
EPOCH, HOLD = "epoch", "hold"
DECISION = "decision"
WAITING, HELD = "waiting", "held"  # what those without room asked for; nodes that are held for one of them
USER, GROUP, USER_KEY, USAGE = "user", "group", "user-key", "usage"
