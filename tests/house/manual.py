#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual pages and the shipped settings say what the program does, and the formatters take the pages.

usage: manual.py TABLES IPHERALD ROOT
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import tables

# A check between two keys raises this lower bound, which the table does not know.
LOWER_BOUNDS = {"settle.limit": "quiet"}
# Whether another package's page is installed here says nothing of ours.
FOREIGN = "referenced manual not found"


def items(page, macro):
    """(name, lines) of each list item whose name stands in MACRO."""
    for item in re.split(r"^\.It ", page, flags=re.MULTILINE)[1:]:
        head, *lines = re.split(r"^\.El\b", item, flags=re.MULTILINE)[0].splitlines()
        if head.startswith(macro + " "):
            yield head.removeprefix(macro + " "), lines


def plain(lines):
    """The words alone, without the macros and the breaks between lines."""
    words = " ".join(re.sub(r"^\.[A-Z]\w+ ?|\\%", "", line) for line in lines)
    return re.sub(r" ([,.;)])(?= |$)", r"\1", re.sub(r"\s+", " ", words))


def literals(lines):
    return [word for line in lines if line.startswith(".Li ") for word in re.findall(r"[a-z0-9][a-z0-9-]*", line[4:])]


def shipped(text):
    """(path, value, comment) of each key of the settings file, those behind a "#" too."""
    groups, comment = [], []
    for line in text.splitlines():
        code = line.lstrip(" #")
        if group := re.match(r"(\w+) = ([{(])$", code):
            groups.append(group[1] + ("[]" if group[2] == "(" else ""))
        elif code.startswith("{"):
            groups.append(None)
        elif code.startswith(("}", ")")):
            groups.pop()
        elif key := re.match(r"(\w+) = (.+);$", code):
            yield ".".join([*filter(None, groups), key[1]]), key[2], " ".join(comment)
            comment = []
            continue
        comment = comment + [code] if "#" in line else []


def same_default(key, value):
    try:
        return float(key.default) == float(value)
    except ValueError:
        return re.sub(r"\s", "", key.default) == re.sub(r"\s", "", value)


def bounds(key):
    return f"{LOWER_BOUNDS.get(key.path, key.min)} to {key.max}" if key.max else ""


def check_names(what, said, known):
    said = list(said)
    for name in sorted(set(known) - set(said)):
        yield f"{what}: {name} is missing"
    for name in sorted(set(said) - set(known)):
        yield f"{what}: {name} is not known to the program"
    for name in sorted({name for name in said if said.count(name) > 1}):
        yield f"{what}: {name} stands there twice"


def check_key(key, text):
    if key.values.lower() not in text.lower():
        yield f"does not say {key.values}"
    if bounds(key) not in text:
        yield f"does not say {bounds(key)}"
    default = re.search(r"Default: (.*?)\.?$", text)
    if key.default and not (default and same_default(key, default[1])):
        yield f"does not end with: Default: {key.default}."
    if not key.default and not default and "No default" not in text:
        yield "does not speak of a default"


def check_settings(page, settings, known):
    documented = [(name, plain(lines)) for name, lines in items(page, "Va")]
    yield from check_names("ipherald.conf(5)", (name for name, _ in documented), known.keys)
    for name, text in documented:
        if name in known.keys:
            yield from (f"ipherald.conf(5): {name} {fault}" for fault in check_key(known.keys[name], text))
    entries = list(shipped(settings))
    yield from check_names("conf/ipherald.conf", (path for path, _, _ in entries), known.keys)
    for path, value, comment in entries:
        key = known.keys.get(path)
        if key and key.default and not same_default(key, value):
            yield f"conf/ipherald.conf: {path} = {value}, and its default is {key.default}"
        if key and bounds(key) not in comment:
            yield f"conf/ipherald.conf: {path} does not say {bounds(key)}"
    comments = {path: comment for path, _, comment in entries}
    for what, texts in (("ipherald.conf(5)", dict(documented)), ("conf/ipherald.conf", comments)):
        for port in known.ports:
            if port not in texts.get("mail.port", ""):
                yield f"{what}: mail.port does not say {port}"


def check_events(page, known):
    documented = {name: lines for name, lines in items(page, "Li")}
    yield from check_names("ipherald.service(8)", (name for name, _ in items(page, "Li")), known.events)
    for name, event in known.events.items():
        head = f'"{event.begins}" ({event.priority}, {event.message_id})'
        if not plain(documented.get(name, [])).startswith(head):
            yield f"ipherald.service(8): {name} does not begin with {head}"
    fields = dict(items(page, "Va"))
    yield from check_names("ipherald.service(8)", (name for name, _ in items(page, "Va")), known.fields)
    for field, words in (("IPHERALD_STEP", known.steps), ("IPHERALD_HINT", known.hints)):
        yield from check_names(f"ipherald.service(8), {field}", literals(fields.get(field, [])), words)


def check_content(page, known):
    """What a mail may be made of: the placeholders, and the suffixes that have a type of their own."""
    said = re.findall(r"%\{(\w+)\}", "".join(name for name, _ in items(page, "Li")))
    yield from check_names("ipherald.conf(5), PLACEHOLDERS", said, known.placeholders)
    suffixes = re.search(r"^Its type comes from the suffix:\n((?:.*\n)*?)have theirs", page, flags=re.MULTILINE)[1]
    yield from check_names("ipherald.conf(5), suffixes", re.findall(r"^\.Pa (\S+)", suffixes, flags=re.MULTILINE),
                           known.suffixes)


def check_verbs(page, program):
    """Verbs and options, as --help lists them."""

    def listed(*args):
        text = subprocess.run([program, *args, "--help"], check=True, capture_output=True, text=True).stdout
        return re.findall(r"^  (\S+)", text, flags=re.MULTILINE)

    verbs = [word for word in listed() if not word.startswith("-")]
    options = {word for args in ([], *([verb] for verb in verbs)) for word in listed(*args)} - set(verbs)
    yield from check_names("ipherald(1)", (name for name, _ in items(page, "Cm")), verbs)
    said = ("-" + name.split()[0] for name, _ in items(page, "Fl"))
    yield from check_names("ipherald(1)", said, options)


def examples(page, readme):
    """Whole settings, to be copied."""
    yield "ipherald.conf(5)", re.search(r"^\.Sh EXAMPLES\n\.Bd .*\n((?:.*\n)*?)\.Ed", page, flags=re.MULTILINE)[1]
    yield "README.md", re.search(r"^    mail = \{\n(?:    .*\n)+", readme, flags=re.MULTILINE)[0]


def check_example(where, example, program):
    """Who copies it has settings without a fault."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as settings:
        settings.write(example)
        settings.flush()
        run = subprocess.run([program, "check", "--config", settings.name], check=False, capture_output=True, text=True)
    if run.returncode != 0 or "mail on" not in run.stdout:
        yield f"{where}: the example: {run.stdout}{run.stderr}"


def check_formatters(pages):
    """Where they are here."""
    env = {**os.environ, "LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80"}
    for tool, args in (("man", ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"]), ("mandoc", ["-T", "lint"])):
        if not shutil.which(tool):
            print(f"not checked by {tool}: not installed")
            continue
        for page in pages:
            run = subprocess.run([tool, *args, page], check=False, capture_output=True, text=True, env=env)
            said = run.stdout if tool == "mandoc" else run.stderr
            yield from (line for line in said.splitlines() if FOREIGN not in line)
            if tool == "man" and run.returncode != 0:
                yield f"{page}: man ended with {run.returncode}"


def main(program, ipherald, root):
    root = pathlib.Path(root)
    known = tables.Tables(program, root)
    command, settings, service = (root / "man" / f"ipherald{name}" for name in (".1", ".conf.5", ".service.8"))
    page = settings.read_text()
    faults = [
        *check_settings(page, (root / "conf/ipherald.conf").read_text(), known),
        *check_content(page, known),
        *check_events(service.read_text(), known),
        *check_verbs(command.read_text(), ipherald),
        *(fault for where, example in examples(page, (root / "README.md").read_text())
          for fault in check_example(where, example, ipherald)),
        *check_formatters([command, settings, service]),
    ]
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
