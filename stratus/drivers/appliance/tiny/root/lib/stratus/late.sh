#!/bin/sh
# After the SSH server: hot plug, disks, the scripts of the context, the kept host key.
. /lib/stratus/lib.sh
uevent /lib/stratus/hotplug.sh >/dev/null 2>&1 &
[ "$(date +%Y)" -ge 2024 ] || hwclock -u -s
for disk in $(disks); do use_disk "$disk"; done
/lib/stratus/scripts.sh >/var/log/context.log 2>&1
cat /var/log/context.log >/dev/console &
: >"$CONTEXT/done"
say "context done"
/lib/stratus/hostkey.sh keep
load storage
load extra
# What was plugged in while the listener started.
for card in /sys/class/net/*; do use_card "${card##*/}"; done
for disk in $(disks); do use_disk "$disk"; done
