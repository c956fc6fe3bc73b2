#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each shell's completion offers the verbs and options that --help prints, and files where a file is wanted.

usage: completions.py IPHERALD ROOT
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BASH = """
source "$1/conf/completions/ipherald.bash"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_ipherald "$1"; printf '%s\\n' "${COMPREPLY[@]}"
"""
# The two functions of zsh's own that it ends in; they need a line editor.
ZSH = """
_describe() { print -rl -- ${${(P)2}%%:*} }
_files() { if [[ $1 == -/ ]] { print -rl -- *(/) } else { print -rl -- * } }
complete_it() { source $file }
file=$1/conf/completions/_ipherald; shift
words=("$@") CURRENT=$#
complete_it
"""
FISH = """
set -gx PATH (path dirname $argv[2]) $PATH
source $argv[1]/conf/completions/ipherald.fish
complete -C (string join -- ' ' ipherald $argv[3..]) | string replace -r '\\t.*' ''
"""
SHELLS = {"bash": ["bash", "-c", BASH, "bash"], "zsh": ["zsh", "-fc", ZSH, "zsh"], "fish": ["fish", "-Nc", FISH]}


def run(argv, **options):
    return subprocess.run(argv, check=False, capture_output=True, text=True, timeout=30, **options)


def listed(program, *verb):
    return set(re.findall(r"^  (\S+)", run([program, *verb, "--help"]).stdout, flags=re.MULTILINE))


def offered(shell, root, program, *words, folder):
    with tempfile.TemporaryDirectory() as home:  # where fish leaves things
        env = {**os.environ, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home}
        done = run([*SHELLS[shell], root, program, *words], cwd=folder, env=env)
    if done.stderr:
        sys.exit(f"{shell}: {done.stderr}")
    yield from (line.removesuffix("/") for line in done.stdout.splitlines() if line)


def cases(program):
    """(words that are typed, the last of them in the making; what is to be offered)"""
    words = listed(program)
    # fish offers words that begin with a dash only where one is typed, so the two kinds are looked at apart.
    yield [""], {word for word in words if word[0] != "-"}
    yield ["-"], {word for word in words if word[0] == "-"}
    for verb in words:
        if verb[0] != "-":
            yield [verb, "-"], listed(program, verb)
    yield ["check", "--config", ""], {"a.conf", "folder"}
    yield ["log", "--directory", ""], {"folder"}
    yield ["log", "-n", ""], set()


def check(shell, program, root):
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "a.conf").touch()
        pathlib.Path(folder, "folder").mkdir()
        for words, expected in cases(program):
            got = set(offered(shell, root, program, *words, folder=folder))
            if len(words) < 3:  # else all that is offered is a value
                got = {word for word in got if (word[0] == "-") == (words[-1] == "-")}
            if got != expected:
                yield f"{shell}: ipherald {' '.join(words)}: offers {sorted(got)}, not {sorted(expected)}"


def main(program, root):
    program, root = pathlib.Path(program).resolve(), pathlib.Path(root).resolve()
    faults = []
    for shell in SHELLS:
        if shutil.which(shell):
            faults += check(shell, program, root)
        else:
            print(f"not checked by {shell}: not installed")
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
