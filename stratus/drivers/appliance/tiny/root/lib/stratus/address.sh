#!/bin/sh
# Called by udhcpc, which gives what the DHCP server said in the environment.
. /lib/stratus/lib.sh
# shellcheck disable=SC2154  # interface, ip, mask, router, dns ... are udhcpc's
case $1 in
    deconfig)
        ip addr flush dev "$interface"
        ip link set "$interface" up
        rm -f "$STATE/resolv.$interface"
        ;;
    bound | renew)
        [ -z "$mtu" ] || ip link set "$interface" mtu "$mtu"
        ip -4 -o addr show dev "$interface" | grep -q " $ip/" || {
            ip addr flush dev "$interface"
            ip addr add "$ip/${mask:-24}" broadcast + dev "$interface"
        }
        # The first card's router wins: a later one has a greater index.
        read -r metric <"/sys/class/net/$interface/ifindex"
        for gateway in $router; do
            ip route replace default via "$gateway" dev "$interface" metric "$metric"
            break
        done
        {
            [ -z "$domain" ] || echo "search $domain"
            for server in $dns; do echo "nameserver $server"; done
        } >"$STATE/resolv.$interface"
        cat "$STATE"/resolv.* >/etc/resolv.conf
        [ -z "$hostname" ] || set_name "$hostname" dhcp
        say "address $ip on $interface"
        /lib/stratus/page.sh
        ;;
esac
