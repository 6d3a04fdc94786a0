#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
run.py [--long] [--jobs N] [--list] [WORD ...]

Checks lazy.pml with SPIN: every strategy as it is, which must be clean in a search
that was not cut short, and every planted mistake, which must be found. One TAP
line each; the exit status is 0 only if all are ok. WORDs choose the checks whose
names contain one of them. --long adds those that need minutes and gigabytes.

A check is `spin -a`, a C compiler, and the search. "Clean" means that pan says
errors: 0, does not say that it reached a limit, and counts more than a few states.
"""
import argparse
import concurrent.futures
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
MODEL = HERE / "lazy.pml"
STRATEGIES = ("refcount", "shootdown", "slot", "eager")
DEPTH = 200_000
MEGABYTES = 3500

# As it is: CPUs, programs, kernel threads, options.
CLEAN = [(s, size) for size in ((2, 2, 0, "FINE"), (2, 2, 1, "FINE"), (2, 3, 0, "SHARE"))
         for s in STRATEGIES]
CLEAN += [(s, (3, 2, 0, "FINE")) for s in ("shootdown", "slot")]
CLEAN += [(s, (3, 3, 0, "FINE")) for s in ("refcount", "eager")]
CLEAN += [("shootdown", (3, 3, 0, ""))]
# Too much for every day; BITSTATE keeps no states but hashes: it can miss some.
LONG = [(s, (3, 2, 1, "")) for s in STRATEGIES]
BITSTATE = [("slot", (3, 3, 0, ""))]

SMALL, KTHREAD = (2, 2, 0, "FINE"), (2, 2, 1, "FINE")
BUGS = [
    ("DROP_EARLY", "refcount", SMALL),
    ("DROP_TWICE", "refcount", SMALL),
    ("NO_GRAB", "refcount", SMALL),
    ("PUT_FIRST", "refcount", SMALL),
    ("KK_DROP", "refcount", SMALL),
    ("USERS_BLIND", "refcount", KTHREAD),
    ("NOT_ASKED", "shootdown", SMALL),
    ("SLOT_FIRST", "shootdown", SMALL),
    ("SLOT_FIRST", "slot", SMALL),
    ("IRQS_OFF", "shootdown", SMALL),
    ("UNPIN_FREES", "shootdown", KTHREAD),
    ("PIN_BLIND", "shootdown", KTHREAD),
    ("GIVE_STORE", "slot", (3, 2, 0, "")),
    ("GIVE_BLIND", "slot", (3, 2, 0, "")),
    ("GIVE_UNLOCKED", "slot", (3, 2, 0, "")),
    ("TAKE_STORE", "slot", SMALL),
    ("TAKE_EARLY", "slot", SMALL),
    ("ADD_LATE", "slot", SMALL),
    ("REVOKE_BLIND", "slot", SMALL),
    ("REVOKE_STORE", "slot", SMALL),
    ("READ_AFTER", "slot", SMALL),
    ("SCAN_EARLY", "slot", (2, 3, 0, "SHARE FINE")),
]


def numbers():
    """The #defines of the model: names of strategies and mistakes."""
    return {name: int(value) for name, value in
            re.findall(r"^#define ([A-Z_]+)\t+(\d+)\b", MODEL.read_text(), re.M)}


def search(strategy, size, bug="", bitstate=False):
    """pan's report, the seconds that the search took."""
    cpus, programs, kthreads, options = size
    known = numbers()
    with tempfile.TemporaryDirectory(prefix="lodger-model-") as scratch:
        shutil.copy(MODEL, scratch)
        flags = [f"-DSTRATEGY={known[strategy.upper()]}", f"-DNC={cpus}", f"-DNU={programs}",
                 f"-DNK={kthreads}", *(f"-D{o}" for o in options.split())]
        if bug:
            flags.append(f"-DBUG={known[bug]}")
        store = ["-DBITSTATE"] if bitstate else ["-DCOLLAPSE", f"-DMEMLIM={MEGABYTES}"]
        limits = ["-w34", "-k3"] if bitstate else []
        for command in (["spin", "-a", *flags, MODEL.name],
                        ["gcc", "-O2", "-w", "-DSAFETY", "-DVECTORSZ=2048", *store, "pan.c",
                         "-o", "pan"]):
            made = subprocess.run(command, cwd=scratch, text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if made.returncode or "Error:" in made.stdout:
                return made.stdout, 0
        started = time.monotonic()
        run = subprocess.run(["./pan", f"-m{DEPTH}", *limits],
                             cwd=scratch, text=True, check=False, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        return run.stdout, time.monotonic() - started


def judge(report, bug):
    """(good, what to say of it)"""
    errors = re.search(r"errors: (\d+)", report)
    states = re.search(r"(\d+) states, stored", report)
    why = re.search(r"pan:1: (.*?) \(at depth", report)
    if not errors or not states:
        return False, "no report: " + " | ".join(report.strip().splitlines()[-3:])
    said = f"{int(states[1]):,} states"
    if bug:
        return errors[1] != "0", said + ", " + (why[1][:60] if why else "not found")
    if re.search(r"max search depth too small|memory limit|out of memory|not completed", report):
        return False, said + ", the search was cut short"
    return errors[1] == "0" and int(states[1]) > 100, said + (", " + why[1] if why else "")


def checks(everything):
    for strategy, size in CLEAN + (LONG if everything else []):
        yield strategy, size, "", False
    if everything:
        for strategy, size in BITSTATE:
            yield strategy, size, "", True
    for bug, strategy, size in BUGS:
        yield strategy, size, bug, False


def name_of(strategy, size, bug, bitstate):
    cpus, programs, kthreads, options = size
    words = [strategy, f"{cpus} CPUs, {programs} programs" + (", a kernel thread" if kthreads
                                                              else "")]
    words += options.lower().split() + (["bitstate"] if bitstate else [])
    return ", ".join(words) + (f": finds {bug}" if bug else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--list", action="store_true", help="only name the checks")
    parser.add_argument("words", nargs="*", metavar="WORD")
    options = parser.parse_args()
    chosen = [c for c in checks(options.long)
              if not options.words or any(w in name_of(*c) for w in options.words)]
    if options.list:
        print(*(name_of(*c) for c in chosen), sep="\n")
        return 0
    if not chosen:
        parser.error("no such check")
    for tool in ("spin", "gcc"):
        if not shutil.which(tool):
            print(f"Bail out! {tool} is missing")
            return 1
    failed = 0
    print(f"1..{len(chosen)}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for number, (check, (report, seconds)) in enumerate(
                zip(chosen, pool.map(lambda c: search(*c), chosen)), start=1):
            good, said = judge(report, check[2])
            failed += not good
            print(f"{'ok' if good else 'not ok'} {number} - {name_of(*check)} "
                  f"# {said}, {seconds:.1f} s", flush=True)
    return int(failed > 0)


sys.exit(main())
