# The part of YAML 1.2 that cloud-init documents are made of, JSON included, as lines "path/to/value=text", where a list
# counts from 0, and in the text a newline is \n and a backslash is \\. What it does not know (anchors, tags, complex
# keys) it takes as text; nothing of it is ever executed.

# Not gsub(): what a backslash in its replacement means has changed between versions of busybox.
function emit(path, text,    line, count, i) {
    printf "%s=", path
    count = split(text, line, "\n")
    for (i = 1; i <= count; i++) {
        if (i > 1) printf "%s", "\\n"
        put_out(line[i])
    }
    print ""
}
function put_out(text,    part, count, i) {
    count = split(text, part, /\\/)
    for (i = 1; i <= count; i++) printf "%s%s", (i > 1 ? "\\\\" : ""), part[i]
}
function join(path, key) { return path == "" ? key : path "/" key }
function trim(text) { sub(/^[ \t]+/, "", text); sub(/[ \t]+$/, "", text); return text }
function indent(text) { match(text, /^ */); return RLENGTH }
function is_blank(text) { return text ~ /^[ \t]*(#.*)?$/ }

# --- characters ---------------------------------------------------------------------------------------------------
function hex(text,    i, n) {
    n = 0
    for (i = 1; i <= length(text); i++) n = n * 16 + index("0123456789abcdef", tolower(substr(text, i, 1))) - 1
    return n
}
function utf8(n) {
    if (n < 128) return sprintf("%c", n)
    if (n < 2048) return sprintf("%c%c", 192 + int(n / 64), 128 + n % 64)
    if (n < 65536) return sprintf("%c%c%c", 224 + int(n / 4096), 128 + int(n / 64) % 64, 128 + n % 64)
    return sprintf("%c%c%c%c", 240 + int(n / 262144), 128 + int(n / 4096) % 64, 128 + int(n / 64) % 64, 128 + n % 64)
}
# A document is an array of its characters, and a text is put together in pieces: substr() on the whole and a growing
# string would cost the square of the size, and a context may be some hundred kilobytes.
function open_text(text) { size = split(text, ch, ""); pos = 1 }
function next_chars(count,    out) { for (out = ""; count > 0; count--) out = out ch[pos++]; return out }
function put(text) { # into the token that is being read
    piece = piece text
    if (length(piece) > 400) { token = token piece; piece = "" }
}
function begin_token() { token = ""; piece = "" }
function escaped(    c, n) { # after a backslash: the character; pos moves past it
    c = ch[pos++]
    if (c == "n") return "\n"
    if (c == "t") return "\t"
    if (c == "r") return "\r"
    if (c == "b") return "\b"
    if (c == "f") return "\f"
    if (c == "e") return "\033"
    if (c == "x") return utf8(hex(next_chars(2)))
    if (c == "U") return utf8(hex(next_chars(8)))
    if (c != "u") return c
    n = hex(next_chars(4))
    if (n >= 55296 && n < 56320 && ch[pos] == "\\" && ch[pos + 1] == "u") { # a surrogate pair
        pos += 2
        n = 65536 + (n - 55296) * 1024 + hex(next_chars(4)) - 56320
    }
    return utf8(n)
}

# --- flow style, from `pos` on; also the whole of JSON ---------------------------------------------------------------
function skip_space() { while (pos <= size && ch[pos] ~ /[ \t\r\n]/) pos++ }
function folded_break(    breaks) { # from a line break on: one is a space, n are n - 1
    breaks = 0
    while (pos <= size && ch[pos] ~ /[ \t\n]/) if (ch[pos++] == "\n") breaks++
    sub(/[ \t]+$/, "", piece)
    if (breaks == 1) return " "
    return substr("\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", 1, breaks - 1)
}
function quoted(    mark, c) { # sets `ended` when the closing quote was there
    mark = ch[pos++]
    ended = 0
    begin_token()
    while (pos <= size) {
        c = ch[pos++]
        if (c == mark) {
            if (mark == "\"" || ch[pos] != "'") { ended = 1; break }
            pos++ # '' is one '
        } else if (c == "\\" && mark == "\"") {
            if (ch[pos] == "\n") { skip_space(); continue } # a folded line without a space
            c = escaped()
        } else if (c == "\n") { pos--; c = folded_break() }
        put(c)
    }
    return token piece
}
function bare_flow(    c, out) {
    begin_token()
    while (pos <= size) {
        c = ch[pos]
        if (c ~ /[],}[{]/ || (c == ":" && ch[pos + 1] ~ /[ \t\n]/)) break
        put(c)
        pos++
    }
    out = token piece
    gsub(/[ \t]*\n[ \t]*/, " ", out)
    return trim(out)
}
function scalar_flow() { return ch[pos] ~ /["']/ ? quoted() : bare_flow() }
function flow(path,    open, key, count, before) {
    skip_space()
    open = ch[pos]
    if (open != "[" && open != "{") { emit(path, scalar_flow()); return }
    pos++
    count = 0
    while (pos <= size) {
        skip_space()
        if (ch[pos] ~ /[]}]/) { pos++; return }
        if (ch[pos] == ",") { pos++; continue }
        key = count++
        if (open == "{") {
            key = scalar_flow()
            skip_space()
            if (ch[pos] == ":") pos++
        }
        before = pos
        flow(join(path, key))
        if (pos == before) pos++ # nonsense: go on all the same
    }
}

# --- block style: lines[at] and a stack of what is open at which column ---------------------------------------------
function path_now(    i, path) {
    path = ""
    for (i = 1; i <= top; i++) path = join(path, name[i])
    return path
}
function open_item(col) { # "- " at this column
    while (top > 0 && column[top] > col) top--
    if (top > 0 && column[top] == col && is_list[top]) { name[top]++; return }
    top++
    column[top] = col
    is_list[top] = 1
    name[top] = 0
}
function open_key(col, key) {
    while (top > 0 && column[top] >= col) top--
    top++
    column[top] = col
    is_list[top] = 0
    name[top] = key
}
function block_scalar(style, col,    out, base, text, count, i, fold) { # after | or >: the deeper lines, as written
    fold = style ~ /^>/
    out = ""
    base = -1
    while (at < count_lines && (lines[at + 1] ~ /^[ \t]*$/ || indent(lines[at + 1]) > col)) {
        text = lines[++at]
        if (base < 0 && text !~ /^[ \t]*$/) base = indent(text)
        text = base < 0 ? "" : substr(text, base + 1)
        if (fold) {
            if (text == "") out = out "\n"
            else out = out (out == "" || out ~ /\n$/ ? "" : " ") text
        } else out = out text "\n"
    }
    if (style !~ /\+/) sub(/\n+$/, "", out)
    if (style !~ /[-+]/ && out != "") out = out "\n"
    return out
}
function gather(text, col) { # the text with the deeper lines that continue it
    while (at < count_lines && (lines[at + 1] ~ /^[ \t]*$/ || indent(lines[at + 1]) > col)) text = text "\n" lines[++at]
    return text
}
function plain_scalar(text, col) { # up to a comment, with its continuation lines
    while (at < count_lines && !is_blank(lines[at + 1]) && indent(lines[at + 1]) > col) {
        sub(/[ \t]+#.*$/, "", text)
        text = trim(text) " " trim(lines[++at])
    }
    sub(/[ \t]+#.*$/, "", text)
    return trim(text)
}
function closed(text) { # is a quoted or flow value complete?
    if (text ~ /^["']/) { open_text(text); quoted(); return ended }
    gsub(/"([^"\\]|\\.)*"|'[^']*'/, "", text)
    return gsub(/[[{]/, "", text) <= gsub(/[]}]/, "", text)
}
function value(text, col,    path) {
    text = trim(text)
    path = path_now()
    if (text == "" || text ~ /^#/) return
    if (text ~ /^[|>][-+0-9]*([ \t]+#.*)?$/) { emit(path, block_scalar(text, col)); return }
    if (text ~ /^["'[{]/) {
        if (!closed(text)) text = gather(text, col)
        open_text(text)
        flow(path)
        return
    }
    emit(path, plain_scalar(text, col))
}
function block_line(text,    col, key, rest) {
    col = indent(text)
    rest = substr(text, col + 1)
    while (rest ~ /^-([ \t]|$)/) {
        open_item(col)
        match(rest, /^-[ \t]*/)
        if (RLENGTH == length(rest)) return
        col += RLENGTH
        rest = substr(rest, RLENGTH + 1)
    }
    if (match(rest, /^("([^"\\]|\\.)*"|'[^']*'|[^ \t"'[{#&*!|>%@`-][^:#]*|-[^ :#][^:#]*)[ \t]*:([ \t]|$)/)) {
        key = substr(rest, 1, RLENGTH)
        rest = substr(rest, RLENGTH + 1)
        sub(/[ \t]*:[ \t]*$/, "", key)
        if (key ~ /^["']/) { open_text(key); key = quoted() }
        open_key(col, key)
        value(rest, col)
    } else if (top > 0) value(rest, column[top])
}

{ sub(/\r$/, ""); lines[++count_lines] = $0 }
END {
    first = 1
    while (first <= count_lines && (is_blank(lines[first]) || lines[first] ~ /^(---|%)/)) first++
    if (lines[first] ~ /^[ \t]*[[{]/) {
        size = 0
        for (at = first; at <= count_lines; at++) {
            count = split(lines[at], line, "")
            for (i = 1; i <= count; i++) ch[++size] = line[i]
            ch[++size] = "\n"
        }
        pos = 1
        flow("")
        exit
    }
    top = 0
    for (at = first; at <= count_lines; at++)
        if (!is_blank(lines[at]) && lines[at] !~ /^(---|\.\.\.)[ \t]*$/) block_line(lines[at])
}
