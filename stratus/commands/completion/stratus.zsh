#compdef @NAMES@
# Completion of stratus for zsh. In ~/.zshrc: source <(stratus completion zsh)
# What is typed is handed over without its quotes, and what comes back is quoted by zsh: nothing is evaluated.
_stratus() {
    local kind line
    local -a answer values shown blank
    answer=("${(@f)$(command stratus --complete zsh "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null </dev/null)}")
    kind=$answer[1]
    if [[ $kind == files ]]; then
        [[ $PREFIX == --*=* ]] && compset -P '*='
        _files
        return
    fi
    for line in "${(@)answer[2,-1]}"; do
        values+=("${line%%$'\t'*}")
        shown+=("${line/$'\t'/  -- }")
    done
    (( $#values )) || return 1
    [[ $kind == open ]] && blank=(-S '')
    compadd "$blank[@]" -l -d shown -- "$values[@]"
}
if [[ $funcstack[1] == _stratus ]]; then
    _stratus "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
    compdef _stratus @NAMES@
fi
