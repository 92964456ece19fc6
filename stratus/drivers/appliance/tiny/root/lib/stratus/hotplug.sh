#!/bin/sh
# Called by busybox's uevent for each message of the kernel; /dev/NAME itself is made by the kernel.
. /lib/stratus/lib.sh
case "${SUBSYSTEM:-}/${ACTION:-}" in
    net/add) use_card "$INTERFACE" ;;
    net/remove) drop_card "$INTERFACE" ;;
    block/add) use_disk "${DEVNAME##*/}" ;;
esac
