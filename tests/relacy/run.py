#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
run.py [--long] [--jobs N] [WORD ...]

mm/lazy_protocol.h under relacy: each scenario of lazy_relacy.cc as it is must be
clean, each planted mistake must be reported. One TAP line each; the exit status is
0 only if all are ok. WORDs choose the checks whose names contain one of them.

refcount and shootdown are searched in full; the three of slot with at most so many
preemptions as BOUNDS says (--long: one more).
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
ROOT = HERE.parent.parent
BOUNDS = {"refcount": 0, "shootdown": 0, "slot": 4, "reap": 4, "reap2": 4} # 0: all
BUGS = {
    "refcount": ["PUT_RELAXED", "PUT_RELEASE", "PUT_ACQUIRE", "NO_GRAB", "PUT_FIRST"],
    "shootdown": ["STORE_RELAXED", "LOAD_RELAXED", "ONCPU_RELAXED", "NOT_ASKED", "SLOT_FIRST"],
    "slot": ["STORE_RELAXED", "LOAD_RELAXED", "ONCPU_RELAXED", "PUT_RELEASE", "PUT_ACQUIRE",
             "SLOT_FIRST", "TAKE_EARLY", "GIVE_BLIND", "GIVE_UNLOCKED XCHG_RELAXED"],
    "reap": ["STORE_RELAXED", "LOAD_RELAXED", "REVOKE_BLIND", "REVOKE_ONCE"],
    "reap2": ["GIVE_UNLOCKED"],
}


def search(scenario, bugs, more):
    """(relacy's report or the compiler's, seconds)"""
    with tempfile.TemporaryDirectory(prefix="lodger-relacy-") as scratch:
        binary = pathlib.Path(scratch) / "check"
        made = subprocess.run(
            ["g++", "-std=c++14", "-O0" if bugs else "-O2", "-w", f"-I{ROOT}",
             f"-DSCENARIO={scenario}", *(f"-DBUG_{b}" for b in bugs.split()),
             HERE / "lazy_relacy.cc", "-o", binary],
            text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if made.returncode:
            return made.stdout, 0
        bound = BOUNDS[scenario] and BOUNDS[scenario] + (more and not bugs)
        started = time.monotonic()
        run = subprocess.run([binary] + ([str(bound)] if bound else []), text=True, check=False,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return run.stdout + f"\nexit status {run.returncode}", time.monotonic() - started


def judge(report, bugs):
    """(good, what to say of it)"""
    runs = re.findall(r"^iterations: (\d+)", report, re.M)
    found = re.search(r"(DATA RACE|USER ASSERT FAILED[^\n]*)", report)
    if bugs:
        return bool(found), found[1] if found else "not found"
    good = "exit status 0" in report and not found and runs and int(runs[-1]) > 100
    return bool(good), f"{int(runs[-1]):,} executions" if runs else report.strip()[-100:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("words", nargs="*", metavar="WORD")
    options = parser.parse_args()
    chosen = [(s, "") for s in BUGS] + [(s, b) for s, bugs in BUGS.items() for b in bugs]
    names = {c: c[0] + (f": finds {c[1]}" if c[1] else "") for c in chosen}
    chosen = [c for c in chosen
              if not options.words or any(w in names[c] for w in options.words)]
    if not chosen:
        parser.error("no such check")
    if not shutil.which("g++"):
        print("Bail out! g++ is missing")
        return 1
    failed = 0
    print(f"1..{len(chosen)}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        reports = pool.map(lambda c: search(*c, options.long), chosen)
        for number, (check, (report, seconds)) in enumerate(zip(chosen, reports), start=1):
            good, said = judge(report, check[1])
            failed += not good
            print(f"{'ok' if good else 'not ok'} {number} - {names[check]} "
                  f"# {said}, {seconds:.1f} s", flush=True)
    return int(failed > 0)


sys.exit(main())
