#!/bin/sh
# What an administrator would write by hand: an overlay, a context disk, a domain, and its start.
# Takes the image, its format, the instance's folder, its name, and a file with the domain's XML.
set -eu
image=$1 format=$2 folder=$3 name=$4 xml=$5
mkdir -p "$folder/context"
qemu-img create -q -f qcow2 -b "$image" -F "$format" "$folder/root.qcow2"
printf 'ETH0_IP="192.0.2.7"\nSSH_PUBLIC_KEY="%s"\n' "ssh-ed25519 AAAA you@home" > "$folder/context/context.sh"
genisoimage -quiet -V CONTEXT -J -R -o "$folder/context.iso" "$folder/context"
virsh -q -c qemu:///system define "$xml" >/dev/null
virsh -q -c qemu:///system start "$name" >/dev/null
