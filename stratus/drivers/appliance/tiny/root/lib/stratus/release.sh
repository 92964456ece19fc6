#!/bin/sh
# Before power-off or reboot: close the SSH sessions, write everything, unmount, stop swapping.
. /lib/stratus/lib.sh
say "going down"
killall dropbear udhcpc 2>/dev/null
sync
swapoff -a 2>/dev/null
for place in /mnt/volatile /mnt/boot /mnt/context; do umount "$place" 2>/dev/null || umount -l "$place" 2>/dev/null; done
sync
