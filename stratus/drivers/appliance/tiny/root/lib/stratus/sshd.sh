#!/bin/sh
# The SSH server. make FILE: a host key; start FILE: run with it. -s, -g: no passwords, for nobody, root included; the
# account has none either.
case $1 in
    make) exec dropbearkey -t ed25519 -f "$2" ;;
    start) exec dropbear -r "$2" -s -g ;;
esac
