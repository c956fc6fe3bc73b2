# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds of the service with a bug that the tests must find: bugs/NAME.patch on a copy of one source file."""

import json
import pathlib
import shlex
import shutil
import subprocess

from service import BUILD, TOP

BUGS = sorted((pathlib.Path(__file__).parent / "bugs").glob("*.patch"))


def _compile_command(source):
    commands = json.loads((BUILD / "compile_commands.json").read_text("utf-8"))
    found = [entry["command"] for entry in commands if (BUILD / entry["file"]).resolve() == TOP / source]
    return shlex.split(found[0])


def build(bug, folder):
    """The program with the bug. Its object stands before the libraries, which are then not asked for theirs."""
    text = bug.read_text("utf-8")
    source = next(line for line in text.splitlines() if line.startswith("+++ b/"))[len("+++ b/"):]
    copy = folder / source
    copy.parent.mkdir(parents=True)
    shutil.copy(TOP / source, copy)
    subprocess.run(["patch", "--silent", "--strip=1", f"--directory={folder}"], input=text, text=True, check=True)

    made, program = folder / "bug.o", folder / "ipherald"
    words = _compile_command(source)
    words[words.index("-o") + 1] = str(made)
    words[-1] = str(copy)
    subprocess.run(words, cwd=BUILD, check=True)

    commands = subprocess.run(["ninja", "-C", BUILD, "-t", "commands", "ipherald"], capture_output=True, text=True,
                              check=True).stdout.splitlines()
    link = shlex.split(commands[-1])
    link[link.index("-o") + 1] = str(program)
    link.insert(link.index("-o") + 2, str(made))
    subprocess.run(link, cwd=BUILD, check=True)
    return program
