#!/bin/sh
# Write the web page: host name, address and context, each value escaped.
. /lib/stratus/lib.sh

escape() { sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g; s/"/\&quot;/g'; }

value() { # FILE
    case ${1##*/} in
        *PASSW* | *SECRET* | *TOKEN* | *passw*) echo "(not shown)" ;;
        *) head -c 16384 "$1" | escape ;;
    esac
}

context() {
    for file in "$CONTEXT"/vars/* "$CONTEXT/meta-data" "$CONTEXT/user-data"; do
        [ ! -f "$file" ] || printf '<tr><th>%s</th><td><pre>%s</pre></td></tr>\n' "${file##*/}" "$(value "$file")"
    done
}

name=$(hostname | escape)
cat >"/run/www/.page.$$" <<END
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>$name</title>
<style>body{font:16px sans-serif;margin:3em}th{text-align:left;vertical-align:top;padding-right:2em}
pre{margin:0;white-space:pre-wrap;word-break:break-all}</style></head><body>
<h1>$name</h1>
<p>An instance of the stratus demonstration appliance. Address: <b>$(addresses)</b>. Linux $(uname -r).</p>
<h2>Context</h2>
<table>
$(context)
</table>
</body></html>
END
mv "/run/www/.page.$$" /run/www/index.html
