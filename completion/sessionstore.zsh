#compdef sessionstore
# Completion of sessionstore for zsh: source <(sessionstore completion zsh), or as _sessionstore in a folder of fpath
compdef _sessionstore sessionstore
_sessionstore() {
  local line directive=4
  local -a candidates
  while IFS= read -r line; do
    case $line in
      :*) directive=${line#:} ;;
      *$'\t'*) candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
      *) candidates+=("${line//:/\\:}") ;;
    esac
  done < <("${(Q)words[1]}" __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)
  if [[ $directive == 0 ]]; then
    _files
  else
    _describe -V sessionstore candidates
  fi
}
if [[ ${funcstack[1]} == _sessionstore ]]; then
  _sessionstore
fi
