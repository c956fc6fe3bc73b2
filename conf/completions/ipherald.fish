# SPDX-License-Identifier: GPL-2.0-or-later
# fish completion of ipherald(1). What is offered is what --help prints, so it is that of the version installed.

function __ipherald_complete
    set -l words (commandline -opc)
    set -l help (command $words[1] $words[2] --help 2>/dev/null)
    set -l before (string escape --style=regex -- $words[-1])
    set -l kind (string replace -rf -- "^  $before ([A-Z]+) .*" '$1' $help)
    switch "$kind"
        case FILE
            __fish_complete_path (commandline -ct)
        case DIR
            __fish_complete_directories (commandline -ct)
        case ''
            string replace -rf -- '^  (\S+)(?: [A-Z]+)? +(.*)$' '$1\t$2' $help
    end
end

complete -c ipherald -f -a '(__ipherald_complete)'
