# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion of ipherald(1). What is offered is what --help prints, so it is that of the version installed.

_ipherald()
{
        local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
        local verb='' line kind='' words=''

        [ "$COMP_CWORD" -gt 1 ] && verb=${COMP_WORDS[1]}
        while IFS= read -r line; do
                [[ $line =~ ^\ \ ([^\ ]+)(\ ([A-Z]+))? ]] || continue
                words+=" ${BASH_REMATCH[1]}"
                [ "${BASH_REMATCH[1]}" != "$before" ] || kind=${BASH_REMATCH[3]}
        done < <("$1" ${verb:+"$verb"} --help 2>/dev/null)

        case $kind in
        FILE) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
        DIR) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
        '') mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current") ;;
        *) COMPREPLY=() ;;
        esac
}

complete -F _ipherald ipherald
