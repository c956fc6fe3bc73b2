# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds mutants and lets the tests at them.

All mutants of a function stand in one object, each as a copy of it, and the environment's MUTANT says which of them a
run takes: so a file is compiled once, each test linked once, and a mutant costs no more than its runs. What is no
function (a table, a macro), and what the compiler refuses there, is compiled alone. The object stands before core's
library on a test's link line, so that the linker does not take the true one. It is compiled with -O0: what it says
counts, and not how fast.

The tests are those of the suite `unit` that have the object in them, for src/decide then the explorer's small scenes,
and then the unit tests once more under AddressSanitizer and UndefinedBehaviorSanitizer, since many a mutant only reads
one octet too many, or leaks. Each runs in a process group of its own, with a limit of processor time, and one by the clock
for what only waits; whatever is left of the group is ended. What exits with anything but 0, or hangs, has killed the
mutant."""
import collections
import glob
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import threading
import time

import mutants

SCENES = ("pair-limit", "dates", "pair-reminder", "limit")  # each less than a second
BRIEFLY = {"transcripts": ["briefly"], "pop3-transcripts": ["briefly"]}
SANITIZED_MOST = 1.5  # seconds: what takes longer there is left out
LEAST_CPU, LEAST_CLOCK = 2, 20
MEMORY = 2 << 30  # a sanitizer limits it itself
FILE = 64 << 20

CHOICE = """
#include <stdlib.h>
static int mutant_chosen;
__attribute__((constructor)) static void mutant_choose(void)
{
        const char *number = getenv("MUTANT");
        mutant_chosen = number ? atoi(number) : 0;
}
"""


def run(command, **kwargs):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, **kwargs)


def symbols(path):
    """The functions and tables that an object or a program defines for others."""
    lines = run(["nm", "--defined-only", "--extern-only", path]).stdout.splitlines()
    return {line.split()[2] for line in lines if len(line.split()) == 3 and line.split()[1] in ("T", "D", "R")}


class Program:
    """A test: the build it belongs to, how it is linked (with OBJECT for the mutants'), how it is run, what it has in it,
    and its seconds."""

    def __init__(self, build, name, link, arguments, defined):
        self.build, self.name, self.link, self.arguments, self.defined = build, name, link, arguments, defined
        self.cpu = self.clock = None
        self.lock = threading.Lock()


class Build:
    """A build of the tree: the unit tests in it, and how core's sources are compiled there."""

    def __init__(self, root, folder, *options):
        self.name, self.folder, self.sanitized = os.path.basename(folder), folder, bool(options)
        if not os.path.exists(f"{folder}/build.ninja"):
            subprocess.run(["meson", "setup", folder, root, "-Dtests=enabled", *options], check=True,
                           stdout=subprocess.DEVNULL)
        subprocess.run(["ninja", "-C", folder, "--quiet", "build.ninja"], check=True)
        tests = json.loads(run(["meson", "introspect", "--tests", folder]).stdout)
        tests = {os.path.relpath(test["cmd"][0], folder): test for test in tests if "ipherald:unit" in test["suite"]}
        links = {words[words.index("-o") + 1]: words for words in
                 map(shlex.split, run(["ninja", "-C", folder, "-t", "commands"]).stdout.splitlines())
                 if "-o" in words and "-c" not in words and "src/libcore.a" in words}
        paths = sorted(tests.keys() & links.keys())
        subprocess.run(["ninja", "-C", folder, "--quiet", *paths], check=True)
        self.programs = []
        for path in paths:
            link, name = links[path], tests[path]["name"]
            link[link.index("-o") + 1:link.index("-o") + 2] = ["OUTPUT", "OBJECT"]
            self.programs.append(Program(self, name, link, tests[path]["cmd"][1:] + BRIEFLY.get(name, []),
                                         symbols(f"{folder}/{path}")))
        self.compilers = {}
        with open(f"{folder}/compile_commands.json", encoding="utf-8") as file:
            for entry in json.load(file):
                if "libcore.a.p/" in entry["output"]:
                    source = os.path.relpath(os.path.join(entry["directory"], entry["file"]), root)
                    self.compilers[source] = shlex.split(entry["command"]), f"{folder}/{entry['output']}"


class Explorer:
    """The explorer of src/decide, as a build with one test for each scene."""

    def __init__(self, root, folder):
        self.name, self.folder, self.sanitized = "explorer", folder, False
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        compiler = ["gcc", "-std=gnu17", "-D_GNU_SOURCE", "-w", "-O2", "-c", f"-I{root}/src", f"-I{root}/tests/explore"]
        own, *rooms = [glob.glob(f"{root}/{room}/*.c")
                       for room in ("tests/explore", "src/decide", "src/base", "src/address", "src/settings")]
        jobs = [subprocess.Popen(compiler + files, cwd=folder) for files in (own + rooms[0], sum(rooms[1:], []))]
        if any([job.wait() for job in jobs]):
            raise SystemExit("the explorer can't be built")
        own = sorted(os.path.basename(file)[:-1] + "o" for file in own)
        core = sorted({os.path.basename(file) for file in glob.glob(f"{folder}/*.o")} - set(own))
        subprocess.run(["ar", "rcs", "core.a", *core], cwd=folder, check=True)
        link = ["gcc", "-o", "OUTPUT", "OBJECT", *own, "core.a"]
        subprocess.run(["gcc", "-o", "explore", *own, "core.a"], cwd=folder, check=True)
        defined = symbols(f"{folder}/explore")
        self.programs = [Program(self, f"scene {scene}", link, [scene], defined) for scene in SCENES]


class Workshop:
    """What is built once."""

    def __init__(self, root):
        self.root, self.folder = root, f"{root}/build/mutate"
        os.makedirs(self.folder, exist_ok=True)
        self.plain = Build(root, f"{root}/build")
        self.sanitized = Build(root, f"{root}/build-sanitizers", "-Db_sanitize=address,undefined")
        self.explorer = None

    def programs_of(self, source):
        """The tests that have SOURCE's object in them, in the order in which they try: first what is named like it."""
        builds = [self.plain, self.sanitized]
        if source.startswith("src/decide/"):
            if self.explorer is None:
                self.explorer = Explorer(self.root, f"{self.folder}/explore")
            builds.insert(1, self.explorer)
        stem, defined = os.path.basename(source)[:-2], symbols(self.plain.compilers[source][1])
        return [program for build in builds
                for program in sorted((program for program in build.programs if program.defined & defined),
                                      key=lambda program: -len(os.path.commonprefix([program.name, stem])))]


class File:
    """A source file with those of its mutants that were chosen."""

    def __init__(self, shop, source, chosen):
        self.shop, self.source = shop, source
        self.folder = os.path.join(shop.folder, source[:-2].replace("/", "-"))
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        with open(os.path.join(shop.root, source), encoding="utf-8") as file:
            self.text = file.read()
        self.programs = shop.programs_of(source)
        self.kills = collections.Counter()
        self.environment = dict(os.environ, TMPDIR=self.folder, CMOCKA_TEST_ABORT="1", LC_ALL="C",
                                ASAN_OPTIONS="hard_rss_limit_mb=1024", UBSAN_OPTIONS="halt_on_error=1")
        self.lock = threading.Lock()
        self.sanitized = False  # whether that object is there
        self.true_octets = self.octets(self.text, "true")
        self.together = self.build(chosen)

    def compile(self, build, text, name, *options):
        """What the compiler says of TEXT; "" where it has made folder/NAME/mutant.o of it."""
        folder = f"{self.folder}/{name}"
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/mutant.c", "w", encoding="utf-8") as file:
            file.write(text)
        words = list(build.compilers[self.source][0])
        for option in ("-MQ", "-MF", "-o", "-c"):
            at = words.index(option)
            del words[at:at + 2]
        words.remove("-MD")
        # So that the object does not say where it was made.
        words += [f"-ffile-prefix-map={folder}/=", "-iquote", os.path.join(self.shop.root, os.path.dirname(self.source)),
                  "-w", "-g0", "-fdiagnostics-color=never", *options, "-o", f"{folder}/mutant.o", "-c", f"{folder}/mutant.c"]
        done = run(words, cwd=build.folder)
        return "" if done.returncode == 0 else done.stdout or "?"

    def build(self, chosen):
        """{mutant: number} of those that stand in one object."""
        functions = [f for f in mutants.functions(self.text) if not f.variadic]
        numbers = {mutant: number for number, mutant in enumerate(chosen, 1)
                   if any(f.body <= mutant.begin and mutant.end <= f.end for f in functions)}
        while True:
            text, lines = self.written(functions, numbers)
            said = self.compile(self.shop.plain, text, "together", "-O0")
            if not said:
                return numbers
            wrong = {lines.get(int(line)) for line in re.findall(r"mutant\.c:(\d+):\d+: error", said)} - {None}
            if not wrong:
                raise SystemExit(f"{self.source}: {said}")
            numbers = {mutant: number for mutant, number in numbers.items() if mutant not in wrong}

    def written(self, functions, numbers):
        """The file with a copy of its function for each mutant, and whose each line is."""
        parts, lines, at, line = [CHOICE], {}, 0, CHOICE.count("\n") + 1

        def write(text, mutant=None):
            nonlocal line
            parts.append(text)
            for _ in range(text.count("\n") + 1):
                lines.setdefault(line, mutant)
                line += 1
            line -= 1

        for f in functions:
            own = [mutant for mutant in numbers if f.body <= mutant.begin < f.end]
            if not own:
                continue
            write(self.text[at:f.begin])
            head = self.text[f.begin:f.name_begin], self.text[f.name_begin + len(f.name):f.body]
            # Macros are for the copies too, so that they stand where the function does.
            write(f"{head[0]}{f.name}{head[1]};\n")
            static = "" if head[0].startswith("static") else "static "
            for mutant in (None, *own):
                body = self.text[f.body:f.end] if mutant is None else \
                    self.text[f.body:mutant.begin] + mutant.new + self.text[mutant.end:f.end]
                write(f"{static}{head[0]}{f.name}_mutant_{numbers.get(mutant, 0)}{head[1]}")
                write(body, mutant)
                write("\n")
            arguments = ", ".join(f.arguments)
            calls = [f"case {numbers[mutant]}: {{}}{f.name}_mutant_{numbers[mutant]}({arguments}); break;" for mutant in own]
            calls.append(f"default: {{}}{f.name}_mutant_0({arguments}); break;")
            body = "\n".join(calls).replace("{}", "return " if f.returns else "")
            write(f"{head[0]}{f.name}{head[1]}{{ switch (mutant_chosen) {{\n{body}\n}} }}\n")
            at = f.end
        write(self.text[at:])
        return "".join(parts), lines

    def link(self, program, name):
        """The path of PROGRAM with the object folder/NAME/mutant.o in it."""
        output = f"{self.folder}/{name}/{program.build.name}-{program.name.replace(' ', '-')}"
        if name == "together" and os.path.exists(output):
            return output
        if program.build.sanitized:
            with open(f"{self.folder}/{name}/mutant.c", encoding="utf-8") as file:
                text = file.read()
            name += "-sanitized"
            with self.lock:
                if name != "together-sanitized" or not self.sanitized:
                    self.compile(program.build, text, name, "-O0")
                self.sanitized = self.sanitized or name == "together-sanitized"
        words = {"OUTPUT": output, "OBJECT": f"{self.folder}/{name}/mutant.o"}
        linked = run([words.get(word, word) for word in program.link] + ["-fuse-ld=gold"], cwd=program.build.folder)
        if linked.returncode != 0:
            raise SystemExit(f"{program.name} can't be linked: {linked.stdout}")
        return output

    def is_red(self, program, path, number):
        """Whether PROGRAM, linked as PATH, fails. What it takes is noted where it does not."""
        cpu = LEAST_CPU + int(3 * (program.cpu or 60))
        clock = LEAST_CLOCK + 10 * (program.clock or 60)
        limits = ["prlimit", f"--cpu={cpu}", "--core=0", f"--fsize={FILE}", "--"]
        if not program.build.sanitized:
            limits.insert(1, f"--as={MEMORY}")
        begin = time.monotonic()
        child = subprocess.Popen(limits + [path, *program.arguments], cwd=self.folder, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                                 env=dict(self.environment, MUTANT=str(number)))
        ended = threading.Timer(clock, self.end, [child])
        ended.start()
        # The child stays a zombie until wait4, so that its group's number is nobody else's.
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        ended.cancel()
        self.end(child)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode == 0 and number == 0:
            program.cpu, program.clock = usage.ru_utime + usage.ru_stime, time.monotonic() - begin
        return child.returncode != 0

    @staticmethod
    def end(child):
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def order(self, program):
        """Build for build; in each what has killed most in its time goes first, and at the begin what is named alike."""
        at = self.programs.index(program)
        builds = [self.shop.plain, self.shop.explorer, self.shop.sanitized]
        worth = (self.kills[program] + (1 if at < 2 else 0.2)) / ((program.cpu or 0.2) + 0.05)
        return builds.index(program.build), -worth, at

    def try_plain(self, mutant):
        """What became of it without sanitizers, and the name of the test that killed it."""
        if mutant not in self.together and self.compile(self.shop.plain, mutant.text, self.alone(), "-O0"):
            return "does not compile", ""
        killer = self.killer(mutant, [program for program in self.programs if not program.build.sanitized])
        if killer:
            return "killed", killer
        same = self.octets(mutant.text, f"same-{threading.get_ident()}") == self.true_octets
        return ("equivalent" if same else "survived"), ""

    def try_sanitized(self, mutant):
        """The same of one that survived: by the tests that reach the file, as those show that killed others."""
        if mutant not in self.together:
            self.compile(self.shop.plain, mutant.text, self.alone(), "-O0")
        reach = {program.name for program in self.programs[:2]} | {program.name for program in self.kills}
        killer = self.killer(mutant, [program for program in self.programs
                                      if program.build.sanitized and program.name in reach])
        return ("killed", killer) if killer else ("survived", "")

    @staticmethod
    def alone():
        return f"alone-{threading.get_ident()}"

    def killer(self, mutant, programs):
        """The first of PROGRAMS that the mutant makes fail, with its build; "" where none does."""
        number, name = self.together.get(mutant, -1), "together" if mutant in self.together else self.alone()
        for program in sorted(programs, key=self.order):
            if program.build.sanitized and (program.cpu or 0) > SANITIZED_MOST:
                continue
            with program.lock:
                path = self.link(program, name)
                if program.cpu is None and self.is_red(program, self.link(program, "together"), 0):
                    raise SystemExit(f"{program.name} in {program.build.name} fails without any mutant")
            if program.build.sanitized and program.cpu > SANITIZED_MOST:  # as its first run has just shown
                continue
            if self.is_red(program, path, number):
                self.kills[program] += 1
                return f"{program.build.name} {program.name}"
        return ""

    def octets(self, text, name):
        """What the optimizer makes of TEXT."""
        self.compile(self.shop.plain, text, name, "-O2")
        with open(f"{self.folder}/{name}/mutant.o", "rb") as file:
            return file.read()
