# Completion of stratus for bash. In ~/.bashrc: source <(stratus completion bash)
# What is typed is handed over as it stands, and what comes back is inserted as it stands: nothing is evaluated.
_stratus() {
    local kind line
    COMPREPLY=()
    {
        IFS= read -r kind
        while IFS= read -r line; do COMPREPLY+=("$line"); done
    } < <(command stratus --complete bash "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null </dev/null)
    case $kind in
        files) compopt -o default ;;
        open) compopt -o nospace ;;
    esac
}
complete -F _stratus @NAMES@
