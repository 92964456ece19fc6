#!/bin/sh
# From bare kernel to an SSH server: modules, addresses, context, host key, services.
. /lib/stratus/lib.sh
mkdir -p "$STATE" "$CONTEXT" /run/www /var/log
hostname tiny
say "start"
load boot
ip link set lo up
for card in /sys/class/net/*; do use_card "${card##*/}"; done
(
    syslogd -C64 # in memory; read it with logread
    load power
    acpid -d >/dev/null 2>&1
) &
/lib/stratus/hostkey.sh take &
/lib/stratus/context.sh
wait_for_key=50
while [ ! -s /etc/dropbear/host_key ] && [ "$wait_for_key" -gt 0 ]; do
    usleep 50000
    wait_for_key=$((wait_for_key - 1))
done
/lib/stratus/sshd.sh start /etc/dropbear/host_key
say "SSH server ready"
/lib/stratus/page.sh
httpd -h /run/www -p 80
/lib/stratus/late.sh >/dev/null 2>&1 &
