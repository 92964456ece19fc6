#!/bin/sh
# The HEPiX/OpenNebula context: keep every variable of context.sh, take the keys and the host name.
. /lib/stratus/lib.sh
disk=/mnt/context
vars=$CONTEXT/vars
[ -f "$disk/context.sh" ] || exit 0
mkdir -p -m 700 "$vars"
env -i PATH=/bin timeout 10 /lib/stratus/variables.sh "$disk/context.sh" "$vars" >"$CONTEXT/errors" 2>&1
for name in PUBLIC_KEY SSH_PUBLIC_KEY SSH_KEY; do
    [ ! -f "$vars/$name" ] || add_keys <"$vars/$name"
done
for name in SET_HOSTNAME HOSTNAME; do
    [ ! -s "$vars/$name" ] || { set_name "$(cat "$vars/$name")" context; break; }
done
for name in USER_DATA USERDATA; do
    [ -s "$vars/$name" ] || continue
    if [ "$(cat "$vars/${name}_ENCODING" 2>/dev/null)" = base64 ]; then
        base64 -d "$vars/$name" >"$CONTEXT/user-data"
    else
        cat "$vars/$name" >"$CONTEXT/user-data"
    fi
    /lib/stratus/userdata.sh "$CONTEXT/user-data"
    break
done
