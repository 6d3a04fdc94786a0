#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
run.py [--long] [--jobs N] [--list] [WORD ...]

mm/lazy_protocol.h under relacy: each scenario of lazy_relacy.cc as it is must be
clean, each planted mistake must be reported. One TAP line each; the exit status is
0 only if all are ok. WORDs choose the checks whose names contain one of them.

refcount and shootdown are searched in full; the three of slot with at most so many
preemptions as BOUNDS says (--long: one more).
"""
import pathlib
import re
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))
import tap  # noqa: E402

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
        status, said, _ = tap.output_of(
            ["g++", "-std=c++14", "-O0" if bugs else "-O2", "-w", f"-I{ROOT}",
             f"-DSCENARIO={scenario}", *(f"-DBUG_{b}" for b in bugs.split()),
             HERE / "lazy_relacy.cc", "-o", binary])
        if status:
            return said, 0
        bound = BOUNDS[scenario] and BOUNDS[scenario] + (more and not bugs)
        status, said, seconds = tap.output_of([binary] + ([str(bound)] if bound else []))
        return said + f"\nexit status {status}", seconds


def check(scenario, bugs, more):
    """(good, what to say of it)"""
    report, seconds = search(scenario, bugs, more)
    runs = re.findall(r"^iterations: (\d+)", report, re.M)
    found = re.search(r"(DATA RACE|USER ASSERT FAILED[^\n]*)", report)
    if bugs:
        good, said = bool(found), found[1] if found else "not found"
    else:
        good = "exit status 0" in report and not found and runs and int(runs[-1]) > 100
        said = f"{int(runs[-1]):,} executions" if runs else report.strip()[-100:]
    return bool(good), f"{said}, {seconds:.1f} s"


def main():
    given = tap.options(__doc__.split("\n\n")[1])
    chosen = [(s, "") for s in BUGS] + [(s, b) for s, bugs in BUGS.items() for b in bugs]
    return tap.run([(s + (f": finds {b}" if b else ""), lambda s=s, b=b: check(s, b, given.long))
                    for s, b in chosen], given, ["g++"])


sys.exit(main())
