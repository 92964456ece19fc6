# From yaml.awk's lines to a shell script: cloud-config's runcmd, whose items are command lines or lists of words.
# Not gsub() where the replacement has a backslash: what it means there has changed between versions of busybox.
function join(part, count, mark,    text, i) {
    text = part[1]
    for (i = 2; i <= count; i++) text = text mark part[i]
    return text
}
function plain(text,    part) {
    gsub(/\\\\/, "\001", text)
    gsub(/\\n/, "\n", text)
    return join(part, split(text, part, "\001"), "\\")
}
function quoted(text,    part) { return "'" join(part, split(text, part, "'"), "'\\''") "'" }
/^runcmd\/[0-9]+(\/[0-9]+)?=/ {
    at = index($0, "=")
    depth = split(substr($0, 1, at - 1), path, "/")
    value = plain(substr($0, at + 1))
    if (path[2] != item || depth == 2) { if (started) printf "\n"; item = path[2] }
    else printf " "
    printf "%s", depth == 3 ? quoted(value) : value
    started = 1
}
END { if (started) printf "\n" }
