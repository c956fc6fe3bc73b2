#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mutate.py [--all | --survivors | --since REVISION | FILE...]: breaks src/mail and src/decide in small ways, and tells
which of them no test sees.

    (nothing)          of the files that the last commits touched (where none did, of all) a sample, always the same of
                       the same sources, changed lines first
    --since REVISION   the same, of whatever has changed since then
    FILE...            every mutant of these files
    --all              every mutant of both rooms
    --survivors        those again that the last run left

A mutant that survives must stand in listed/NAME.txt, where NAME.c is its file: the file and the function, the line as
it is behind "-", as the mutant has it behind "+" (or several such pairs), and why no test can see it. An entry is a
failure where it fits no mutant any more, and where the mutant was tried and killed; so is a list of more than MOST of
all. The exit status is 0 where there is neither; survivors are printed as the lists want them, and
written to build/mutate/survivors.txt. The tests are those in build/ and build-sanitizers/."""
import collections
import concurrent.futures
import functools
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time

import mutants
import workshop

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROOMS = ("src/decide", "src/mail")
WORKERS = 2
COMMITS = 20        # of which the files are looked at where nothing is said
SAMPLE = 150        # mutants of them
SECONDS = 150       # behind which no more of them are begun, on whatever machine
MOST = 0.03         # of all mutants may be listed, where all are tried


def identity(file, mutant):
    return file, mutant.where, mutant.old_lines, mutant.new_lines


def listed(path):
    """What stands in a file of listed/, or one like it: an identity and its reason."""
    with open(path, encoding="utf-8") as file:
        blocks = re.split(r"\n\s*\n", re.sub(r"^#.*\n", "", file.read(), flags=re.M).strip())
    found = {}
    for block in filter(None, blocks):
        match = re.fullmatch(r"(\S+) (\S+)\n((?:- [^\n]*\n\+[^\n]*\n?)+)(.*)", block, re.S)
        if not match:
            raise SystemExit(f"{path}: can't read\n{block}")
        file, where, pairs, reason = match.groups()
        for old, new in re.findall(r"- (.*)\n\+ ?(.*)", pairs):
            found[file, "" if where == "-" else where, old, new] = reason.strip()
    return found


def as_listed(key):
    file, where, old, new = key
    return f"{file} {where or '-'}\n- {old}\n+ {new}\n"


def git(*words):
    return subprocess.run(["git", "-C", ROOT, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          check=False).stdout


def changed_lines(revision):
    """{file: lines} of what has changed in the rooms since REVISION, what is not committed too."""
    changed, file = collections.defaultdict(set), None
    for line in git("diff", "-U0", revision, "--", *ROOMS).splitlines():
        if line.startswith("+++ "):
            file = line[6:] if line.endswith(".c") else None
        hunk = re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line)
        if hunk and file:
            first, n = int(hunk[1]), int(hunk[2] or 1)
            changed[file].update(range(first, first + n))
    return changed


def lottery(file, mutant):
    return hashlib.sha256("\0".join(identity(file, mutant)).encode()).digest()


def sample(every, revision):
    commits = git("rev-list", f"--max-count={COMMITS + 1}", "HEAD").split()
    changed = changed_lines(revision or commits[-1]) if revision or commits else {}
    some = [(f, m) for f, m in every if f in changed] or every
    return sorted(some, key=lambda each: (each[1].line not in changed.get(each[0], ()), lottery(*each)))[:SAMPLE]


class Run:
    def __init__(self, chosen, known, seconds):
        self.chosen, self.known = chosen, known
        self.shop = workshop.Workshop(ROOT)
        self.deadline = time.monotonic() + seconds if seconds else None
        self.counts = collections.defaultdict(collections.Counter)
        self.survivors, self.wrongly_listed = [], []

    def one(self, file, attempt, mutant):
        """True where it has survived so far, and the sanitizers may see more."""
        if self.deadline and time.monotonic() > self.deadline:
            return False
        verdict, killer = attempt(mutant)
        if verdict == "survived" and attempt == file.try_plain:
            return True
        key = identity(file.source, mutant)
        if verdict == "survived":
            if key in self.known:
                verdict = "listed"
            else:
                self.survivors.append(key)
        elif key in self.known:
            self.wrongly_listed.append(key)
            print(f"{file.source}:{mutant.line}: it is listed, but {verdict} {killer}", flush=True)
        self.counts[file.source][verdict] += 1
        self.verdicts.write(f"{file.source}:{mutant.line}: {verdict} {killer}\n    {mutant.new_lines}\n")
        self.verdicts.flush()
        return False

    def go(self):
        with open(os.path.join(self.shop.folder, "verdicts.txt"), "w", encoding="utf-8") as self.verdicts, \
                concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            for source in dict.fromkeys(source for source, _ in self.chosen):
                begin = time.monotonic()
                own = [mutant for of, mutant in self.chosen if of == source]
                file = workshop.File(self.shop, source, own)
                for attempt in file.try_plain, file.try_sanitized:
                    left = pool.map(functools.partial(self.one, file, attempt), own)
                    own = [mutant for mutant, is_left in zip(own, list(left)) if is_left]
                self.tell(source, self.counts[source], time.monotonic() - begin)
                shutil.rmtree(file.folder)
        self.tell("all", sum(self.counts.values(), collections.Counter()), None)

    @staticmethod
    def tell(name, counts, seconds):
        tried = counts["killed"] + counts["survived"] + counts["listed"]
        print(f"{name}: {tried} mutants, {counts['killed']} killed, {counts['listed']} listed, "
              f"{counts['survived']} survive; {counts['equivalent']} equivalent, "
              f"{counts['does not compile']} do not compile" + (f"; {seconds:.0f} s" if seconds else ""), flush=True)


def main(*words):
    os.makedirs(f"{ROOT}/build/mutate", exist_ok=True)
    files = sorted(os.path.relpath(path, ROOT) for room in ROOMS for path in glob.glob(f"{ROOT}/{room}/*.c"))
    every = []
    for file in files:
        with open(os.path.join(ROOT, file), encoding="utf-8") as source:
            every += [(file, mutant) for mutant in mutants.mutants(source.read())]
    known = {}
    for path in sorted(glob.glob(f"{ROOT}/tests/mutate/listed/*.txt")):
        known.update(listed(path))
    stale = sorted(known.keys() - {identity(*each) for each in every})
    bare = [key for key, reason in known.items() if not reason]
    for key in stale + bare:
        print("listed, and no mutant any more:" if key in stale else "listed without a reason:", as_listed(key), sep="\n")

    seconds = None
    if words == ("--all",):
        chosen = every
    elif words == ("--survivors",):
        again = listed(f"{ROOT}/build/mutate/survivors.txt")
        chosen = [each for each in every if identity(*each) in again]
    elif not words or words[0] == "--since" and len(words) == 2:
        seconds = SECONDS
        chosen = sample([each for each in every if identity(*each) not in known], words[1] if words else None)
    elif set(words) <= set(files):
        chosen = [each for each in every if each[0] in words]
    else:
        print(__doc__, file=sys.stderr)
        return 2

    run = Run(chosen, known, seconds)
    run.go()
    with open(f"{ROOT}/build/mutate/survivors.txt", "w", encoding="utf-8") as file:
        file.write("\n".join(as_listed(key) for key in sorted(run.survivors)))
    for key in sorted(run.survivors):
        print(as_listed(key))
    too_many = words == ("--all",) and len(known) > MOST * len(every)
    if too_many:
        print(f"{len(known)} of {len(every)} are listed, which is too many")
    return 1 if run.survivors or run.wrongly_listed or stale or bare or too_many else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
