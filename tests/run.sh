#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh [--no-install] [TIER]...: builds and runs the tests, all of them where no tier is named.
#
#     build       gcc and clang, warnings as errors
#     format      the sources are as clang-format leaves them; the scripts name nothing that is not there
#     lint        clang-tidy (.clang-tidy) and cppcheck have nothing to say of src/
#     unit        meson test: no root, no namespaces
#     sanitizers  the same under AddressSanitizer and UndefinedBehaviorSanitizer
#     memory      the unit tests and fuzzers of core under MemorySanitizer
#     valgrind    the unit tests under valgrind
#     coverage    the unit tests reach each line of the mail clients' state machines
#     explore     every reachable state of src/decide, and the bugs planted there
#     proof       CBMC on what reads hostile octets and what decides, and the faults planted there
#     mutate      small faults in what changed last in src/mail and src/decide, each of which a test must see
#     fuzz        each fuzzer: its seeds, then ten seconds
#     net         the real programs in network namespaces, with a real Postfix among them; then under the sanitizers
#     sweep       one delivery, killed and failed at each of its calls on the state folder; the order of those calls
#     boot        the package, built for Debian 12 and 13 and installed, each booted, with a real Postfix outside
#
# net, sweep and boot wait far more than they work: beside them go the others, which work, and the former are shown when
# both are done.
#
# The last line is "N passed, N failed", with ", N skipped" where tests could not run here; each says why. The exit
# status is 0 where none failed. IPHERALD_TESTS_REQUIRE_ALL=1 makes each skip a failure. All that is made lies in
# build/ and build-*/.
set -eu
cd "$(dirname "$0")/.."

install=
tiers=
for word in "$@"; do
        case $word in
        --no-install) install=$word ;;
        build | format | lint | unit | sanitizers | memory | valgrind | coverage | explore | proof | mutate | fuzz | net | sweep | boot) tiers="$tiers $word" ;;
        *)
                sed -n 's/^# \{0,1\}//; 3,26p' "$0" >&2
                exit 2
                ;;
        esac
done
tiers=${tiers:-build format lint unit sanitizers memory valgrind coverage explore proof mutate fuzz net sweep boot}

say() {
        echo "== $*"
}

say "packages"
# shellcheck disable=SC2086
tests/dependencies.sh $install

made=$(mktemp -d)
results=$made/results
log=$made/log
built=
broken=
lane=
: >"$results"

# It ends when the command does that it is at; a terminal's Ctrl-C comes to that as well.
stop_lane() {
        [ -z "$lane" ] || ! kill "$lane" 2>/dev/null || wait "$lane" || true
}
trap 'stop_lane; rm -rf "$made"' EXIT
trap 'exit 130' INT TERM

note() {
        printf '%s %s\t%s\n' "$1" "$2" "${3-}" >>"$results"
}

# build FOLDER COMPILER [OPTION...]: a folder that is there is used again. 1 where it can't be built. Once a run.
build() {
        folder=$1 compiler=$2
        shift 2
        case " $built " in *" $folder "*) return 0 ;; esac
        case " $broken " in *" $folder "*) return 1 ;; esac
        say "$folder with $compiler"
        again=
        [ ! -e "$folder/build.ninja" ] || again=--reconfigure
        if CC=$compiler meson setup $again "$folder" -Dwerror=true -Dtests=enabled "$@" >"$log" 2>&1 &&
           ninja -C "$folder" --quiet; then
                note passed "build: $folder with $compiler"
                built="$built $folder"
        else
                tail -n 20 "$log"
                note failed "build: $folder with $compiler"
                broken="$broken $folder"
                return 1
        fi
}

build_plain() {
        build build gcc
}

build_clang() {
        build build-clang clang
}

build_sanitized() {
        build build-sanitizers gcc -Db_sanitize=address,undefined
}

# What the tests of core need is built by those.
set_up_memory() {
        again=
        [ ! -e build-memory/build.ninja ] || again=--reconfigure
        CC=clang meson setup $again build-memory -Dwerror=true -Dtests=enabled -Dfuzzers=enabled -Db_sanitize=memory \
                -Db_lundef=false >"$log" 2>&1 || { tail -n 20 "$log"; note failed "build: build-memory with clang"; return 1; }
}

build_fuzzers() {
        build build-fuzz clang -Dtests=disabled -Dfuzzers=enabled
}

# unit NAME FOLDER [OPTION...]
unit() {
        name=$1 folder=$2
        shift 2
        say "$name"
        rm -f "$folder"/meson-logs/testlog*.junit.xml
        # What hangs is ended; what is slow on a busy machine is not.
        meson test -C "$folder" --print-errorlogs --timeout-multiplier 6 "$@" || true
        add "$name" "$folder"/meson-logs/testlog*.junit.xml
}

add() {
        if [ -e "$2" ]; then
                /usr/bin/python3 tests/results.py add "$results" "$1" "$2"
        else
                note failed "$1" "it left no results"
        fi
}

# in_pytest FOLDER TESTS RESULTS [OPTION...], TESTS being a folder of tests/, RESULTS a name in FOLDER. The tests' files
# lie in the namespaces' own /run: its way is open to the mailer's user, and no other run of pytest clears it away. A shell
# has its jobs in the background ignore SIGINT, and the programs under test would inherit that.
in_pytest() {
        in_folder=$1 in_tests=$2 in_results=$1/$3.xml
        shift 3
        rm -f "$in_results"
        # shellcheck disable=SC2086
        env --default-signal=INT IPHERALD_BUILD="$PWD/$in_folder" PYTHONDONTWRITEBYTECODE=1 $namespaces \
                /usr/bin/python3 -m pytest -q -rs -p no:cacheprovider --junit-xml="$in_results" \
                ${namespaces:+--basetemp=/run/pytest} "$@" "tests/$in_tests" || true
}

# with_pytest NAME FOLDER TESTS
with_pytest() {
        say "$1"
        in_pytest "$2" "$3" "$3"
        add "$1" "$2/$3.xml"
}

find_namespaces() {
        namespaces=tests/in-namespaces.sh
        form=$($namespaces --granted) || namespaces=
}

# root NAME SCRIPT: a root that SCRIPT makes below build/.
root() {
        say "$1, once"
        "$2" || note failed "$1" "it can't be made"
}

run_net() {
        find_namespaces
        if [ "$form" = root ]; then
                root build/root-mail tests/integration/postfix_root.sh
                root build/root-tools tests/integration/tools_root.sh
                root build/root-router tests/integration/router_root.sh
        fi
        build_plain || return 0
        build_sanitized || { with_pytest net build integration; return 0; }
        # Side by side: both wait far more than they work, and each has a network of its own.
        say "net; beside it net under sanitizers, shown at its end"
        in_pytest build-sanitizers integration integration >"$log" 2>&1 &
        beside=$!
        in_pytest build integration integration
        wait $beside
        cat "$log"
        add net build/integration.xml
        add "net under sanitizers" build-sanitizers/integration.xml
}

# The leak checker can't work in a program that is traced, so the sanitizers stay away.
run_sweep() {
        find_namespaces
        ! build_plain || with_pytest sweep build sweep
}

run_boot() {
        find_namespaces
        if [ "$form" = root ]; then
                root build/root-mail tests/integration/postfix_root.sh
                root "build/root-bookworm, build/root-trixie and where they build" tests/system/roots.sh
        fi
        mkdir -p build
        say "boot on Debian 12; beside it on Debian 13, shown at its end"
        in_pytest build system boot-trixie -k trixie >"$log" 2>&1 &
        beside=$!
        in_pytest build system boot -k "not trixie"
        wait $beside
        cat "$log"
        add boot build/boot.xml
        add boot build/boot-trixie.xml
}

# All but the sandbox, whose system calls valgrind does not know.
run_valgrind() {
        names=$(meson test -C build --list --suite unit 2>/dev/null | sed -n 's|.*[:+]unit[^/]* / ||p' | grep -vx sandbox)
        # shellcheck disable=SC2086
        unit "unit under valgrind" build --suite unit --timeout-multiplier 10 \
                --wrapper "valgrind --quiet --error-exitcode=99 --leak-check=full" $names
}

# A result for each harness, and one for all the planted faults.
run_proof() {
        say proof
        status=0
        tests/proof/run.sh || status=$?
        if [ $status -eq 77 ]; then
                note skipped proof "there is no CBMC here: build/root-proof can't be made"
                return
        fi
        missed=$(sed -n 's/^MISSED //p' build/proof/results.txt | head -n 1)
        if [ -n "$missed" ]; then
                note failed "proof: planted faults" "$missed"
        elif [ $status -le 1 ]; then
                note passed "proof: planted faults"
        fi
        # 1 without a verdict that is a reason: it ended before there was any, and what stands there is of another run.
        if [ $status -gt 1 ] || { [ $status -eq 1 ] && ! grep -qE '^(FAILED|MISSED) ' build/proof/results.txt; }; then
                note failed proof "it broke off"
        fi
        while read -r word name told; do
                case $word in
                proved) note passed "proof: ${name%:}" ;;
                FAILED) note failed "proof: ${name%:}" "$told" ;;
                esac
        done <build/proof/results.txt
}

# check NAME COMMAND...: one result.
check() {
        name=$1
        shift
        say "$name"
        if "$@"; then
                note passed "$name"
        else
                note failed "$name"
        fi
}

clang_format() {
        find src tests -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
}

run_format() {
        check format clang_format
        check "names in scripts" pyflakes3 tests
}

clang_tidy() {
        find src -name '*.c' -print0 | sort -z | xargs -0 -n 3 -P "$(nproc)" clang-tidy --quiet -p build-clang >"$log" 2>&1 ||
                { grep -v ' warnings\? generated\.$' "$log"; return 1; }
}

# Only what has changed is looked at again.
cppcheck_all() {
        mkdir -p build-clang/cppcheck
        cppcheck --quiet -j "$(nproc)" --cppcheck-build-dir=build-clang/cppcheck --error-exitcode=1 --std=c11 \
                --enable=warning,performance,portability --suppressions-list=tests/cppcheck.txt \
                -D_GNU_SOURCE -D__linux__ -Isrc -Ibuild-clang src
}

run_lint() {
        build_clang || return 0
        check clang-tidy clang_tidy
        check cppcheck cppcheck_all
}

export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1

run_tiers() {
        for tier in "$@"; do
                case $tier in
                build)
                        build_plain || true
                        build_clang || true
                        ;;
                format) run_format ;;
                lint) run_lint ;;
                unit) ! build_plain || unit unit build ;;
                sanitizers) ! build_sanitized || unit "unit under sanitizers" build-sanitizers ;;
                coverage) check coverage tests/coverage.sh ;;
                explore) check explore tests/explore/run.sh ;;
                mutate) ! build_plain || ! build_sanitized || check mutate tests/mutate/mutate.py ;;
                proof) run_proof ;;
                memory) ! set_up_memory || unit memory build-memory --suite core ;;
                fuzz) ! build_fuzzers || unit fuzz build-fuzz --suite fuzz ;;
                valgrind) ! build_plain || run_valgrind ;;
                net) run_net ;;
                sweep) run_sweep ;;
                boot) run_boot ;;
                esac
        done
}

working=
waiting=
for tier in $tiers; do
        case $tier in
        net | sweep | boot) waiting="$waiting $tier" ;;
        *) working="$working $tier" ;;
        esac
done

# shellcheck disable=SC2086
if [ -n "$working" ] && [ -n "$waiting" ]; then
        # First what both sides use, so that neither builds it under the other's hands.
        build_plain || true
        case $waiting in *net*) build_sanitized || true ;; esac
        say "beside the rest, shown at the end:$waiting"
        (
                trap - EXIT
                trap 'exit 130' TERM
                results=$made/lane-results log=$made/lane-log
                : >"$results"
                run_tiers $waiting
        ) >"$made/shown" 2>&1 &
        lane=$!
        renice -n 5 $$ >/dev/null # of the two the lane is the longer
        run_tiers $working
        wait "$lane" || note failed "$waiting" "it broke off"
        lane=
        cat "$made/shown"
        cat "$made/lane-results" >>"$results"
else
        run_tiers $tiers
fi

/usr/bin/python3 tests/results.py sum "$results"
