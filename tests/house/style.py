#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a reader may count on in every file: licence, ceilings, no forbidden call or mark, the formatter's layout."""

import pathlib
import re
import shutil
import subprocess
import sys

FILE_LINES = 500
FUNCTION_LINES = 60
FORMATTER_VERSION = "14."
FOLDERS = ["src", "tests", "units", "conf", "man", "po"]
LICENSED = {".c", ".h", ".py", ".sh", ".catalog", ".1", ".5", ".8", ".po"}
LICENCE = "SPDX-License-Identifier: GPL-2.0-or-later"
CALLS = re.compile(
    r"(?<![\w.>])(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|atoll|strtok|strtok_r|system|popen|alloca|sleep|usleep"
    r"|pthread_\w+|thrd_\w+)\s*\("
)
PYTHON_CALLS = re.compile(r"time\.sleep\(|os\.system\(|shell=True")
MARKS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
STRINGS_AND_COMMENTS = re.compile(r'"(?:\\.|[^"\\\n])*"|/\*.*?\*/|//[^\n]*', re.DOTALL)


def files(root):
    yield root / "meson.build"
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and (path.suffix in LICENSED or path.name == "meson.build"):
                yield path


def check_licence(lines):
    first = 1 if lines and lines[0].startswith("#!") else 0
    if len(lines) <= first or LICENCE not in lines[first]:
        yield 1, "no SPDX line"


def check_functions(lines):
    """The formatter puts a function's braces, and no others, alone at the line's begin."""
    begin = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            begin = number
        elif line == "}" and begin is not None:
            if number - begin + 1 > FUNCTION_LINES:
                yield begin, f"a function of {number - begin + 1} lines"
            begin = None


def check_calls(text, pattern):
    for match in pattern.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, f"{match[0]}: forbidden"


def blank(match):
    return re.sub(r"[^\n]", " ", match[0])


def check_c(path, text, lines):
    if len(lines) > FILE_LINES:
        yield 1, f"{len(lines)} lines"
    yield from check_functions(lines)
    yield from check_calls(STRINGS_AND_COMMENTS.sub(blank, text), CALLS)
    if path.suffix == ".h" and "#pragma once" not in lines:
        yield 1, "no #pragma once"


def check(path):
    text = path.read_text()
    lines = text.splitlines()
    yield from check_licence(lines)
    if path.suffix in (".c", ".h"):
        yield from check_c(path, text, lines)
    if path.name == pathlib.Path(__file__).name:
        return  # it names what it looks for
    yield from check_calls(text, MARKS)
    if path.suffix == ".py":
        yield from check_calls(text, PYTHON_CALLS)


def check_format(paths):
    """Another version has other ideas; none is no fault."""
    formatter = shutil.which("clang-format-14") or shutil.which("clang-format")
    if not formatter:
        print("layout not checked: no clang-format")
        return 0
    version = subprocess.run([formatter, "--version"], check=True, capture_output=True, text=True).stdout
    if f"version {FORMATTER_VERSION}" not in version:
        print(f"layout not checked: {version.strip()}")
        return 0
    return subprocess.run([formatter, "--dry-run", "-Werror", *paths], check=False).returncode


def main(root):
    root = pathlib.Path(root).resolve()
    paths = list(files(root))
    faults = 0
    for path in paths:
        for line, fault in check(path):
            print(f"{path.relative_to(root)}:{line}: {fault}")
            faults += 1
    if check_format([path for path in paths if path.suffix in (".c", ".h")]) != 0:
        faults += 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
