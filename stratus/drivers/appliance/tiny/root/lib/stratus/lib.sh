# Functions that the other scripts share; sourced, never run.
PATH=/bin
STATE=/run/stratus
# shellcheck disable=SC2034  # used by those who source this
CONTEXT=/run/context

say() { # one line on the console, with the seconds since the kernel started
    read -r up _ </proc/uptime
    # In the background: a console whose other end is held open but not read would stop the boot.
    echo "stratus: $1 (${up}s)" >/dev/console &
}

load() { # insert the modules of one group, in the order that the builder worked out
    [ -e "/lib/modules/$1.order" ] || return 0
    while read -r module; do
        [ -e "/sys/module/$module" ] || insmod "/lib/modules/$module.ko" 2>/dev/null
    done <"/lib/modules/$1.order"
}

disks() { # the names of the disks and partitions that may be read
    for disk in /sys/class/block/*; do
        case ${disk##*/} in ram* | loop* | zram* | fd*) ;; *) echo "${disk##*/}" ;; esac
    done
}

bytes() { # DEVICE OFFSET COUNT: the text found there
    dd "if=/dev/$1" bs=1 "skip=$2" "count=$3" 2>/dev/null | tr -d '\0'
}

iso_label() { # DEVICE: its volume label if it is an ISO 9660 disk
    # The beginning of its descriptor: "CD001", two bytes, 32 of the system's name, 32 of the label.
    dd "if=/dev/$1" bs=1 skip=32769 count=71 2>/dev/null | tr '\0' ' ' | sed -n 's/^CD001.\{34\}//; T; s/ *$//p'
}

kind() { # DEVICE: what it holds, as "swap", "ext4 LABEL", "vfat LABEL" or nothing
    if [ "$(bytes "$1" 4086 10)" = SWAPSPACE2 ]; then
        echo swap
    elif [ "$(dd "if=/dev/$1" bs=1 skip=1080 count=2 2>/dev/null | hexdump -e '2/1 "%02x"')" = 53ef ]; then
        echo "ext4 $(bytes "$1" 1144 16)"
    elif [ "$(bytes "$1" 54 5)" = FAT16 ]; then
        echo "vfat $(bytes "$1" 43 11)"
    fi
}

use_disk() { # DEVICE: swap is used, a volatile disk is mounted, everything else is left alone
    # The label is padded with spaces: `set` drops them.
    # shellcheck disable=SC2046
    set -- "$1" $(kind "$1")
    case "${2:-} ${3:-}" in
        "swap "*) grep -q "^/dev/$1 " /proc/swaps || swapon "/dev/$1" ;;
        "ext4 volatile")
            mkdir -p /mnt/volatile
            grep -q " /mnt/volatile " /proc/mounts || mount -t ext4 "/dev/$1" /mnt/volatile
            ;;
    esac
}

use_card() { # INTERFACE: keep an address on it by DHCP; harmless twice
    [ -e "/sys/class/net/$1/device" ] || return 0
    mkdir "$STATE/dhcp.$1" 2>/dev/null || return 0
    ip link set "$1" up
    udhcpc -i "$1" -f -S -t 8 -T 1 -A 2 -O mtu -p "$STATE/dhcp.$1/pid" -s /lib/stratus/address.sh >/dev/null 2>&1 &
}

drop_card() { # INTERFACE: it was unplugged
    read -r pid 2>/dev/null <"$STATE/dhcp.$1/pid" && kill "$pid"
    rm -rf "$STATE/dhcp.$1"
}

addresses() { # the IPv4 addresses of this machine, on one line
    ip -4 -o addr show scope global 2>/dev/null | sed 's/.* inet \([0-9.]*\).*/\1/' | tr '\n' ' ' | sed 's/ *$//'
}

add_keys() { # public keys on standard input, one per line: each is let in once
    mkdir -p -m 700 /root/.ssh
    touch /root/.ssh/authorized_keys
    chmod 600 /root/.ssh/authorized_keys
    tr -d '\r' | while IFS= read -r key || [ -n "$key" ]; do
        case $key in '' | '#'*) continue ;; esac
        grep -qxF -- "$key" /root/.ssh/authorized_keys || printf '%s\n' "$key" >>/root/.ssh/authorized_keys
    done
}

set_name() { # HOST-NAME SOURCE: what the context says (source "context") stands above what DHCP says
    case $1 in '' | -* | .* | *[!A-Za-z0-9.-]*) return 0 ;; esac
    [ "$2" = context ] || [ ! -e "$STATE/named" ] || return 0
    [ "$2" != context ] || : >"$STATE/named"
    hostname "$1"
    printf '%s\n' "$1" >/etc/hostname
    printf '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 %s %s\n' "$1" "${1%%.*}" >/etc/hosts
}
