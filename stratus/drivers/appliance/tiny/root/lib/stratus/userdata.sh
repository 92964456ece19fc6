#!/bin/sh
# userdata.sh FILE: sort cloud-init's user data into /run/context/parts, one numbered file per part, named by what it
# is: a script waits for scripts.sh; keys and host name of a cloud-config count at once.
. /lib/stratus/lib.sh
parts=$CONTEXT/parts
mkdir -p -m 700 "$parts"

take() { # FILE NUMBER TYPE
    case "$3 $(head -n 1 "$1")" in
        text/cloud-config* | *'#cloud-config'*) cloud_config "$1" "$2" ;;
        text/x-shellscript* | *' #!'*) mv "$1" "$parts/$2.script" ;;
        *) mv "$1" "$parts/$2.ignored" ;;
    esac
}

cloud_config() { # FILE NUMBER
    mv "$1" "$parts/$2.config"
    awk -f /lib/stratus/yaml.awk "$parts/$2.config" >"$parts/$2.flat"
    /lib/stratus/flat.sh "$parts/$2.flat" '\(users/[0-9]*/\)\{0,1\}ssh[_-]authorized[_-]keys\(/[0-9]*\)\{0,1\}' | add_keys
    set_name "$(/lib/stratus/flat.sh "$parts/$2.flat" '\(fqdn\|hostname\)' | head -n 1)" context
    awk -f /lib/stratus/runcmd.awk "$parts/$2.flat" >"$parts/$2.script"
    [ -s "$parts/$2.script" ] || rm "$parts/$2.script"
}

plain=$parts/whole
if [ "$(head -c 2 "$1" | hexdump -e '2/1 "%02x"')" = 1f8b ]; then gunzip -c "$1" >"$plain"; else cat "$1" >"$plain"; fi
awk -v folder="$parts" -f /lib/stratus/mime.awk "$plain"
for head in "$parts"/*.head; do
    [ -e "$head" ] || { take "$plain" 00 ""; break; } # not multipart
    number=${head##*/}
    number=${number%.head}
    read -r type encoding <"$head"
    if [ "$encoding" = base64 ]; then base64 -d "$parts/$number.body" >"$parts/$number.raw"; else mv "$parts/$number.body" "$parts/$number.raw"; fi
    take "$parts/$number.raw" "$number" "$type"
done
rm -f "$plain" "$parts"/*.head "$parts"/*.body
