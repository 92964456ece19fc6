# Completion of stratus for fish. In ~/.config/fish/config.fish: stratus completion fish | source
# What is typed is handed over as it stands, and what comes back is quoted by fish: nothing is evaluated.
function __stratus_complete
    set -l now (commandline -ct)
    set -l answer (command stratus --complete fish (commandline -opc) "$now" 2>/dev/null </dev/null)
    if test "$answer[1]" = files
        set -l head (string match -r -- '^--[^=]*=' "$now")
        for path in (__fish_complete_path (string replace -r -- '^--[^=]*=' '' "$now"))
            echo "$head$path"
        end
    else if set -q answer[2]
        printf '%s\n' $answer[2..-1]
    end
end
for name in @NAMES@
    complete -c $name -f -a '(__stratus_complete)'
end
