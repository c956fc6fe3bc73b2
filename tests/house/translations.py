#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the verbs say is translated, all of it, and the translations are well formed.

usage: translations.py ROOT
"""

import pathlib
import re
import subprocess
import sys
import tempfile


def listed(path):
    return [line for line in path.read_text().splitlines() if line and not line.startswith("#")]


def check_sources(root, sources):
    """Each file that has words to translate is on the list, and no other."""
    found = {str(path.relative_to(root)) for path in root.glob("src/**/*.c") if re.search(r"\b_\(\"", path.read_text())}
    yield from (f"po/POTFILES: {name} is missing" for name in sorted(found - set(sources)))
    yield from (f"po/POTFILES: {name} has nothing to translate" for name in sorted(set(sources) - found))


def run(*argv, **options):
    done = subprocess.run(argv, check=False, capture_output=True, text=True, **options)
    return "" if done.returncode == 0 else f"{argv[0]}: {done.stderr}"


def check_languages(root, sources):
    with tempfile.TemporaryDirectory() as folder:
        template = pathlib.Path(folder, "ipherald.pot")
        fault = run("xgettext", "--keyword=_", "--from-code=UTF-8", f"--output={template}", *sources, cwd=root)
        if fault:
            yield fault
            return
        for language in listed(root / "po/LINGUAS"):
            path = root / f"po/{language}.po"
            # Formats hold the same conversions, no message is missing, fuzzy or left over.
            yield run("msgfmt", "--check", "--output-file=/dev/null", path)
            yield run("msgcmp", path, template)
            said = path.read_text()
            if f'msgid "en"\nmsgstr "{language}"' not in said:
                yield f"{path.name}: \"en\" is not translated by {language}"
            for mark in ("#~", ", fuzzy"):
                if mark in said:
                    yield f"{path.name}: {mark} stands there"


def main(root):
    root = pathlib.Path(root).resolve()
    sources = listed(root / "po/POTFILES")
    faults = [fault for fault in [*check_sources(root, sources), *check_languages(root, sources)] if fault]
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
