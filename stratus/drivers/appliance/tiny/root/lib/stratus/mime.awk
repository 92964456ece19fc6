# A multipart MIME message (RFC 2046) into files: folder/NN.head with "type encoding", folder/NN.body as it was sent.
# Anything else gives no file.
function value(line) { sub(/^[^:]*:[ \t]*/, "", line); return line }
function bare(text) { sub(/;.*/, "", text); gsub(/[ \t]/, "", text); return tolower(text) }
function header(line) { # one unfolded header line
    if (tolower(line) ~ /^content-type:/) {
        if (part == 0) {
            if (tolower(line) ~ /boundary=/ && tolower(value(line)) ~ /^multipart\//) {
                boundary = substr(line, index(tolower(line), "boundary=") + 9)
                if (boundary ~ /^"/) { boundary = substr(boundary, 2); sub(/".*/, "", boundary) }
                else sub(/[; \t].*/, "", boundary)
            }
        } else type = bare(value(line))
    } else if (tolower(line) ~ /^content-transfer-encoding:/ && part > 0) encoding = bare(value(line))
}
function begin_body() {
    if (pending != "") header(pending)
    pending = ""
    in_head = 0
    if (part == 0) { if (boundary == "") exit; return }
    name = sprintf("%s/%02d", folder, part)
    print type, encoding > (name ".head")
    close(name ".head")
    printf "" > (name ".body")
    separator = "" # the line break before a boundary is the boundary's
}
BEGIN { part = 0; in_head = 1; boundary = ""; pending = "" }
{ line = $0; sub(/\r$/, "", line) }
boundary != "" && (line == "--" boundary || line == "--" boundary "--") {
    if (part > 0) close(name ".body")
    if (line == "--" boundary "--") exit
    part++
    in_head = 1
    type = "text/plain"
    encoding = "7bit"
    next
}
in_head && line == "" { begin_body(); next }
in_head && line ~ /^[ \t]/ { sub(/^[ \t]+/, " ", line); pending = pending line; next }
in_head {
    # Neither a header nor the "From " line of a mailbox: this is no message.
    if (part == 0 && line !~ /^[A-Za-z][A-Za-z0-9-]*:/ && line !~ /^From /) exit
    if (pending != "") header(pending)
    pending = line
    next
}
part > 0 { printf "%s%s", separator, $0 > (name ".body"); separator = "\n" }
