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
import collections
import pathlib
import re
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import tap  # noqa: E402

STRATEGIES = ("refcount", "shootdown", "slot", "eager")
MEGABYTES = 7000

# CPUs, programs, kernel threads; what else is defined for the model, BUG at last.
Check = collections.namedtuple("Check", "strategy cpus programs kthreads defined")


def each(cpus, programs, kthreads, defined, strategies=STRATEGIES):
    return [Check(s, cpus, programs, kthreads, defined) for s in strategies]


def changes(defined):
    return [Check(a, 2, 2, 0, f"{defined} TO={b}")
            for a in STRATEGIES for b in STRATEGIES if a != b]


CLEAN = [
    *each(2, 2, 0, "FINE"),
    *each(2, 2, 1, "FINE"),
    *each(2, 3, 0, "SHARE"),
    *each(3, 2, 0, "FINE", ("shootdown", "slot")),
    *each(3, 3, 0, "FINE", ("refcount", "eager")),
    *each(3, 3, 0, "", ("shootdown",)),
    # CPUs go off and come back.
    *each(2, 2, 0, "FINE OFFS=1"),
    *each(2, 3, 0, "OFFS=1", ("refcount", "shootdown", "eager")),
    # Another strategy.
    *changes(""),
    Check("refcount", 2, 2, 0, "OFFS=1 TO=slot"),
    # What comes in the end.
    *each(2, 2, 0, "LIVE FINE SWITCHES", ("refcount",)),
    *each(2, 2, 0, "LIVE FINE", ("shootdown", "eager")),
    *each(2, 2, 0, "LIVE", ("slot",)),
    *each(2, 2, 0, "LIVE OFFS=1", ("shootdown",)),
]
# Too much for every day.
LONG = [
    *each(3, 2, 1, ""),
    *each(3, 3, 0, "", ("slot",)),
    *each(2, 2, 0, "FINE OFFS=2"),
    *each(3, 2, 0, "OFFS=1"),
    *each(2, 3, 0, "OFFS=1", ("slot",)),
    *changes("FINE"),
    *changes("OFFS=1"),
    *each(2, 2, 0, "LIVE FINE", ("slot",)),
    *each(2, 2, 0, "LIVE FINE OFFS=1 SWITCHES", ("refcount",)),
    *each(2, 2, 0, "LIVE FINE OFFS=1", ("shootdown", "slot", "eager")),
]

SMALL, KTHREAD, THREE = (2, 2, 0), (2, 2, 1), (3, 2, 0)
BUGS = [Check(strategy, *size, f"{defined} BUG={bug}") for bug, strategy, size, defined in (
    ("DROP_EARLY", "refcount", SMALL, "FINE"),
    ("DROP_TWICE", "refcount", SMALL, "FINE"),
    ("NO_GRAB", "refcount", SMALL, "FINE"),
    ("PUT_FIRST", "refcount", SMALL, "FINE"),
    ("KK_DROP", "refcount", SMALL, "FINE"),
    ("USERS_BLIND", "refcount", KTHREAD, "FINE"),
    ("NOT_ASKED", "shootdown", SMALL, "FINE"),
    ("SLOT_FIRST", "shootdown", SMALL, "FINE"),
    ("SLOT_FIRST", "slot", SMALL, "FINE"),
    ("IRQS_OFF", "shootdown", SMALL, "FINE"),
    ("UNPIN_FREES", "shootdown", KTHREAD, "FINE"),
    ("PIN_BLIND", "shootdown", KTHREAD, "FINE"),
    ("GIVE_STORE", "slot", THREE, ""),
    ("GIVE_BLIND", "slot", THREE, ""),
    ("GIVE_UNLOCKED", "slot", THREE, ""),
    ("TAKE_STORE", "slot", SMALL, "FINE"),
    ("TAKE_EARLY", "slot", SMALL, "FINE"),
    ("ADD_LATE", "slot", SMALL, "FINE"),
    ("REVOKE_BLIND", "slot", SMALL, "FINE"),
    ("REVOKE_STORE", "slot", SMALL, "FINE"),
    ("READ_AFTER", "slot", SMALL, "FINE"),
    ("SCAN_EARLY", "slot", (2, 3, 0), "SHARE FINE"),
    ("OFF_FIRST", "shootdown", SMALL, "OFFS=1"),
    ("OFF_STAYS", "refcount", SMALL, "OFFS=1"),
    ("OFF_STAYS", "shootdown", SMALL, "OFFS=1"),
    ("OFF_STAYS", "slot", SMALL, "OFFS=1"),
    ("OFF_AT_ONCE", "shootdown", SMALL, "OFFS=1"),
    ("OFF_BETWEEN", "shootdown", SMALL, "OFFS=1"),
    ("OFF_DEAF", "shootdown", SMALL, "OFFS=1"),
    ("TAKE_OWN", "slot", SMALL, "TO=refcount"),
    ("MIXED", "refcount", SMALL, "TO=slot"),
    ("MIXED", "slot", SMALL, "TO=shootdown"),
    ("NOT_SETTLED", "shootdown", SMALL, "TO=refcount"),
    ("NOT_SETTLED", "slot", SMALL, "TO=eager"),
    ("NOT_RECOUNTED", "refcount", SMALL, "TO=eager"),
    ("NOT_RECOUNTED", "shootdown", SMALL, "TO=refcount"),
    # What is never freed. 0: no mistake, but how REFCOUNT is if CPUs do not switch.
    ("0", "refcount", SMALL, "LIVE"),
    ("DROP_NEVER", "refcount", SMALL, "LIVE SWITCHES"),
    ("NO_DEADLINE", "slot", SMALL, "LIVE"),
    ("IRQS_OFF", "shootdown", SMALL, "LIVE"),
    ("OFF_STAYS", "slot", SMALL, "LIVE OFFS=1"),
    ("OFF_DEAF", "shootdown", SMALL, "LIVE OFFS=1"),
)]
LONG_BUGS = [Check("slot", *THREE, f"LIVE BUG={bug}") for bug in ("GIVE_STORE", "GIVE_UNLOCKED")]


def numbers():
    """The #defines of the model: names of strategies and mistakes."""
    return dict(re.findall(r"^#define ([A-Z_]+)\t+(\d+)\b", (HERE / "state.pml").read_text(), re.M))


def bug_of(check):
    return check.defined.partition("BUG=")[2]


def search(check):
    """(pan's report, the seconds that the search took)"""
    known = numbers()
    flags = [f"-DSTRATEGY={known[check.strategy.upper()]}", f"-DNC={check.cpus}",
             f"-DNU={check.programs}", f"-DNK={check.kthreads}"]
    for word in check.defined.split():
        name, _, value = word.partition("=")
        flags.append(f"-D{name}={known.get(value.upper(), value or 1)}")
    live = "LIVE" in check.defined
    # Where the search is short, to compile well takes longer than to search.
    short = bug_of(check) or check.strategy == "eager" or (check.cpus == 2 and not check.kthreads
                                                          and check.strategy != "slot")
    with tempfile.TemporaryDirectory(prefix="lodger-model-") as scratch:
        for file in HERE.glob("*.pml"):
            shutil.copy(file, scratch)
        for command in (["spin", "-a", *flags, "lazy.pml"],
                        ["gcc", "-O0" if short else "-O1", "-w", *([] if live else ["-DSAFETY"]),
                         "-DVECTORSZ=2048", "-DCOLLAPSE", f"-DMEMLIM={MEGABYTES}", "pan.c",
                         "-o", "pan"]):
            status, said, _ = tap.output_of(command, scratch)
            if status or "Error:" in said:
                return said, 0
        # Room for the deepest run, and the size with which the table of states begins.
        room = ["-m100000", "-w18"] if short else ["-m1000000", "-w22"]
        _, said, seconds = tap.output_of(["./pan", *room, *(["-a", "-f"] if live else [])], scratch)
        return said, seconds


def run(check):
    """(good, what to say of it)"""
    report, seconds = search(check)
    errors = re.search(r"errors: (\d+)", report)
    states = re.search(r"(\d+) states, stored", report)
    memory = re.search(r"([\d.]+)\ttotal actual memory", report)
    why = re.search(r"pan:1: (.*?) \(at depth", report)
    if not errors or not states:
        return False, "no report: " + " | ".join(report.strip().splitlines()[-3:])
    said = f"{int(states[1]):,} states, {seconds:.1f} s"
    if memory:
        said += f", {float(memory[1]):.0f} MB"
    if why:
        said += ", " + why[1][:60]
    if bug_of(check):
        found = why and ("acceptance cycle" in why[1] or "LIVE" not in check.defined)
        return bool(found) and errors[1] != "0", said + ("" if found else ", not found")
    if re.search(r"max search depth too small|memory limit|out of memory|not completed", report):
        return False, said + ", the search was cut short"
    return errors[1] == "0" and int(states[1]) > 100, said


def name_of(check):
    said = f"{check.strategy}, {check.cpus} CPUs, {check.programs} programs"
    if check.kthreads:
        said += ", a kernel thread"
    for word in check.defined.split():
        name, _, value = word.partition("=")
        said += {"OFFS": f", {value} off", "TO": f", to {value}",
                 "BUG": f": finds {value}"}.get(name, ", " + name.lower())
    return said.replace("finds 0", "must fail")


def main():
    given = tap.options(__doc__.split("\n\n")[1])
    chosen = CLEAN + (LONG if given.long else []) + BUGS + (LONG_BUGS if given.long else [])
    return tap.run([(name_of(c), lambda c=c: run(c)) for c in chosen], given, ["spin", "gcc"])


sys.exit(main())
