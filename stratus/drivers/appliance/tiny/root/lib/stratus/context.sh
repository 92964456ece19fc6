#!/bin/sh
# Find the context disk among all disks, by its label, and take from it what must be known before anybody logs in.
. /lib/stratus/lib.sh

scan() { # mount the first context disk at /mnt/context; the name of its kind
    for disk in $(disks); do
        case $(iso_label "$disk") in
            CONTEXT | _STRATUSLAB) kind=opennebula ;;
            cidata | CIDATA) kind=nocloud ;;
            *) continue ;;
        esac
        load iso
        mkdir -p /mnt/context
        mount -t iso9660 -o ro "/dev/$disk" /mnt/context 2>/dev/null || continue
        echo "$kind"
        return
    done
}

found=$(scan)
[ -n "$found" ] || { load storage; found=$(scan); } # the drivers of CD-ROM drives, only when they are needed
tries=0
while [ -z "$found" ] && [ "$tries" -lt 8 ]; do
    usleep 250000 # a CD-ROM may take its time
    found=$(scan)
    tries=$((tries + 1))
done
ln -sfn /mnt/context /mnt/stratuslab # where StratusLab's guests have it
[ -z "$found" ] || "/lib/stratus/$found.sh"
echo "${found:-none}" >"$CONTEXT/found"
say "context ${found:-none}"
