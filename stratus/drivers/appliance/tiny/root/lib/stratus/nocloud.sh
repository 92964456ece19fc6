#!/bin/sh
# The cloud-init context (NoCloud): keep the files as they are, take the keys and the host name.
. /lib/stratus/lib.sh
disk=/mnt/context

keep_variables() { # FLAT-FILE: what stratus tells below the key "context" is kept as with the other kind of disk
    mkdir -p -m 700 "$CONTEXT/vars"
    sed -n 's|^context/\([A-Za-z_][A-Za-z0-9_]*=\)|\1|p' "$1" | while IFS= read -r line; do
        printf '%b' "${line#*=}" >"$CONTEXT/vars/${line%%=*}"
    done
}

for name in meta-data user-data vendor-data network-config; do
    [ ! -f "$disk/$name" ] || cat "$disk/$name" >"$CONTEXT/$name"
done
if [ -f "$CONTEXT/meta-data" ]; then
    awk -f /lib/stratus/yaml.awk "$CONTEXT/meta-data" >"$CONTEXT/meta-data.flat"
    /lib/stratus/flat.sh "$CONTEXT/meta-data.flat" 'public-keys\(/[^=]*\)\{0,1\}' | add_keys
    keep_variables "$CONTEXT/meta-data.flat"
    set_name "$(/lib/stratus/flat.sh "$CONTEXT/meta-data.flat" 'local-hostname' | head -n 1)" context
fi
[ ! -f "$CONTEXT/user-data" ] || /lib/stratus/userdata.sh "$CONTEXT/user-data"
