#!/bin/sh
# The SSH host key: made at the first boot of an instance, kept on its own boot disk under the machine's UUID, so that it
# survives a reboot and yet is never shared by two instances, not even when one becomes the image of the other.
. /lib/stratus/lib.sh
key=/etc/dropbear/host_key
read -r uuid 2>/dev/null </sys/class/dmi/id/product_uuid
case $uuid in '' | 00000000-0000-0000-0000-000000000000) uuid= ;; esac

boot_disk() {
    for disk in $(disks); do
        # shellcheck disable=SC2046
        set -- $(kind "$disk")
        [ "${1:-} ${2:-}" != "vfat STRATUS" ] || { echo "$disk"; return; }
    done
}

on_boot_disk() { # OPTION COMMAND...: run it while the boot disk is mounted at /mnt/boot
    load vfat
    disk=$(boot_disk)
    [ -n "$uuid" ] && [ -n "$disk" ] || return 1
    mkdir -p /mnt/boot
    mount -t vfat -o "$1" "/dev/$disk" /mnt/boot 2>/dev/null || return 1
    shift
    "$@"
    result=$?
    umount /mnt/boot
    return $result
}

save() {
    rm -rf /mnt/boot/hostkey
    mkdir /mnt/boot/hostkey && cp "$key" "/mnt/boot/hostkey/$uuid" && sync
}

umask 077
mkdir -p /etc/dropbear
case $1 in
    take)
        if ! on_boot_disk ro cp "/mnt/boot/hostkey/$uuid" "$key.new" 2>/dev/null || [ ! -s "$key.new" ]; then
            rm -f "$key.new"
            /lib/stratus/sshd.sh make "$key.new" >/dev/null 2>&1
            : >"$STATE/newkey"
        fi
        mv "$key.new" "$key"
        ;;
    keep) [ ! -e "$STATE/newkey" ] || { on_boot_disk rw save && rm -f "$STATE/newkey"; } ;;
esac
