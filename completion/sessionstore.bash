# Completion of sessionstore for bash: source <(sessionstore completion bash)
_sessionstore() {
  local word last current='' prefix='' candidate directive=4 i
  local -a words=()
  COMPREPLY=()
  # bash parts words at = and :, which the program gets in one piece.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if ((${#words[@]} > 0)) && [[ $word == [=:]* || ${COMP_WORDS[i - 1]} == *[=:] ]]; then
      words[${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
  done
  current=${words[${#words[@]} - 1]}
  last=${COMP_WORDS[COMP_CWORD]}
  [[ $last == [=:]* ]] && last=''
  prefix=${current%"$last"}
  while IFS= read -r candidate; do
    case $candidate in
      :*) directive=${candidate#:} ;;
      *) candidate=${candidate%%$'\t'*}
        COMPREPLY+=("${candidate#"$prefix"}") ;;
    esac
  done < <("$1" __complete "${words[@]}" 2>/dev/null)
  # Names of files are bash's own, where the program asks for them.
  [[ $directive == 0 ]] || compopt +o default 2>/dev/null
}
complete -o default -F _sessionstore sessionstore
