# From yaml.awk's lines to a shell script: cloud-config's runcmd, whose items are command lines or lists of words.
function plain(text) { gsub(/\\\\/, "\001", text); gsub(/\\n/, "\n", text); gsub(/\001/, "\\", text); return text }
function quoted(text) { gsub(/'/, "'\\''", text); return "'" text "'" }
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
