#!/bin/sh
# variables.sh FILE FOLDER: source the file in this shell of its own and write each variable that it sets, byte for
# byte, to a file of that name. What was set before an `exit` or a syntax error is kept as well.

# Names that stand at the start of a line; one that is only text within a value is not set afterwards, and is skipped.
# shellcheck disable=SC2046
set -f -- "$1" "$2" $(sed -n 's/^[[:space:]]*\(export[[:space:]][[:space:]]*\)\{0,1\}\([A-Za-z_][A-Za-z0-9_]*\)=.*/\2/p' "$1")
cd "$2" || exit
stratus_file=$1
shift 2

stratus_save() { # nothing but builtins: PATH and IFS may have been set by the file
    for stratus_name in "$@"; do
        # The name is made of letters, digits and underscores: eval sees no foreign text.
        eval "[ -z \"\${$stratus_name+set}\" ] || printf '%s' \"\$$stratus_name\" >\"$stratus_name\""
    done
}

for stratus_name in "$@"; do unset "$stratus_name"; done
# Expanded when the shell ends; the positional parameters are quoted by the function call.
trap 'stratus_save "$@"' EXIT
# shellcheck disable=SC1090
. "$stratus_file"
