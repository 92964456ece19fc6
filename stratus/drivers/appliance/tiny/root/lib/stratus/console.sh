#!/bin/sh
# The prompt on the serial console and on the screen: who this machine is. It asks no password and runs no command,
# unless the context says CONSOLE_SHELL=yes: then it is a root shell.
. /lib/stratus/lib.sh

status() {
    echo "$(hostname): address $(addresses | sed 's/^$/(none yet)/'), up $(cut -d. -f1 /proc/uptime) s"
}

tries=0
while [ ! -e "$CONTEXT/found" ] && [ "$tries" -lt 40 ]; do
    usleep 250000
    tries=$((tries + 1))
done
cd /root || exit
if [ "$(cat "$CONTEXT/vars/CONSOLE_SHELL" 2>/dev/null)" = yes ]; then
    printf '\nstratus demonstration appliance: root shell, as the context asked (CONSOLE_SHELL=yes)\n'
    exec /bin/sh -l
fi
printf '\nstratus demonstration appliance (Linux %s)\n' "$(uname -r)"
printf 'SSH keys only: ssh root@%s. For a shell here, give the context CONSOLE_SHELL=yes.\n' "$(addresses | cut -d ' ' -f 1)"
printf 'Enter shows the status.\n'
while status && printf '%s> ' "$(hostname)" && read -r _; do :; done
usleep 500000
