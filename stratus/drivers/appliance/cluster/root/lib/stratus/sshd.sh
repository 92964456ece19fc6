#!/bin/sh
# The SSH server, which is OpenSSH's here. make FILE: a host key; start FILE: run with it.
key=/etc/ssh/ssh_host_ed25519_key
case $1 in
    make) exec ssh-keygen -q -t ed25519 -N '' -f "$2" ;;
    start)
        mkdir -p /run/sshd
        (umask 077 && cat "$2" >$key)
        ssh-keygen -y -f $key >$key.pub
        exec /bin/sshd
        ;;
esac
