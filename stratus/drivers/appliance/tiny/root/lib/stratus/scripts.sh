#!/bin/sh
# Run what the context asks to be run, one after the other: the scripts of the user data in their order, init.sh of
# the context disk, SCRIPT_EXEC. Each finds the variables of context.sh in its environment.
. /lib/stratus/lib.sh
disk=/mnt/context
export HOME=/root
cd /root || exit

run_file() { # FILE: by its own interpreter where there is one, else by sh
    chmod 700 "$1" 2>/dev/null
    interpreter=$(head -n 1 "$1" | sed -n 's/^#! *\([^ ]*\).*/\1/p')
    if [ -x "$1" ] && [ -x "${interpreter:-/none}" ]; then "$1"; else sh "$1"; fi
}

if [ -f "$disk/context.sh" ]; then
    set -a
    # shellcheck disable=SC1091
    (. "$disk/context.sh" >/dev/null 2>&1) && . "$disk/context.sh" >/dev/null 2>&1
    set +a
    PATH=/bin
fi
for script in "$CONTEXT"/parts/*.script; do
    [ ! -e "$script" ] || (run_file "$script")
done
[ ! -f "$disk/init.sh" ] || (cd "$disk" && run_file "$disk/init.sh")
# The init.sh of stratus runs SCRIPT_EXEC itself, and says so with this folder; that of others does not.
if [ -s "$CONTEXT/vars/SCRIPT_EXEC" ] && mkdir /run/stratus-epilog 2>/dev/null; then
    sh -c "$(cat "$CONTEXT/vars/SCRIPT_EXEC")"
fi
