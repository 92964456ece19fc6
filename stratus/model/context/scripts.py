"""The shell scripts on the HEPiX/OpenNebula context disk; what a guest finds there and runs as root at boot.

Guests in StratusLab's manner run (or source) `init.sh`; those in HEPiX's run `prolog.sh` early and `epilog.sh` late.
Both ways do the same, and doing both does it once. Plain POSIX shell, for guests of any age.
"""

_HEAD = """\
# CONTEXT_DIR: where this disk is mounted, if the script cannot know; CONTEXT_ROOT: the guest's root, if it is not /.
stratus_root=${CONTEXT_ROOT:-}
stratus_dir=
for stratus_try in "${CONTEXT_DIR:-}" "$(dirname -- "$0")" /mnt/stratuslab /mnt/context /mnt; do
    if [ -f "$stratus_try/context.sh" ] && [ -f "$stratus_try/epilog.sh" ]; then
        stratus_dir=$stratus_try
        break
    fi
done
if [ -n "$stratus_dir" ]; then
    set -a
    . "$stratus_dir/context.sh"
    set +a
else
    echo "context: the context disk is not mounted" >&2
fi
"""

INIT = f"""\
#!/bin/sh
# Carries out the whole context of this instance: the keys, then what the user wants to be run.
{_HEAD}
if [ -n "$stratus_dir" ]; then
    sh "$stratus_dir/prolog.sh"
    sh "$stratus_dir/epilog.sh"
fi
""".encode()

PROLOG = f"""\
#!/bin/sh
# Early in the boot: lets the user in. Keys that are there already stay, and none is added twice.
{_HEAD}
if [ -n "${{PUBLIC_KEY:-}}" ]; then
    stratus_keys=$stratus_root/root/.ssh/authorized_keys
    (
        umask 077
        mkdir -p "$stratus_root/root/.ssh"
        chmod 700 "$stratus_root/root/.ssh"
        touch "$stratus_keys"
        chmod 600 "$stratus_keys"
        if [ -n "$(tail -c 1 "$stratus_keys")" ]; then
            echo >>"$stratus_keys"
        fi
        printf '%s\\n' "$PUBLIC_KEY" | while IFS= read -r stratus_key; do
            if [ -n "$stratus_key" ] && ! grep -qxF -e "$stratus_key" "$stratus_keys"; then
                printf '%s\\n' "$stratus_key" >>"$stratus_keys"
            fi
        done
    )
fi
""".encode()

EPILOG = f"""\
#!/bin/sh
# Late in the boot: runs the user's command line SCRIPT_EXEC with the variables of context.sh, once per boot.
{_HEAD}
if [ -n "${{SCRIPT_EXEC:-}}" ]; then
    if [ -d "$stratus_root/run" ] && ! mkdir "$stratus_root/run/stratus-epilog" 2>/dev/null; then
        echo "context: SCRIPT_EXEC was run already" >&2
    else
        sh -c "$SCRIPT_EXEC" || echo "context: SCRIPT_EXEC ended with status $?" >&2
    fi
fi
""".encode()
