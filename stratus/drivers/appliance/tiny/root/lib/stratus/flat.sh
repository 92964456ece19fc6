#!/bin/sh
# flat.sh FILE PATH: the values that yaml.awk found at PATH (a basic regular expression without the character !), one
# after the other, each with a newline.
PATH=/bin
sed -n "s!^$2=!!p" "$1" | while IFS= read -r line; do
    printf '%b\n' "$line" # \n and \\ are all that yaml.awk writes
done
