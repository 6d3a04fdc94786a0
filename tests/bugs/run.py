#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
run.py [--only NAME]...

The bug laboratory: for each mistake that CONFIG_BUG can plant (include/kconfig.h)
builds a kernel with it, and fails unless something catches it. A table here says
who; docs/bugs.md says the same in words, and whatever is missing from the table is
a failure, too.

Two kinds of catchers. A kernel is booted, given commands, and must say what is
expected: a test that fails, an audit, an assertion. A mistake that no emulator can
show, because the host orders more than the architecture promises, is caught by a
model: the litmus test without that barrier has the verdict "Sometimes".

Prints TAP. The kernel without a bug is a case of its own: nothing may be caught in it.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import time
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/qemu"))
from lodger import LodgerError, Machine, disasters  # noqa: E402

ALWAYS = ("CONFIG_DEBUG_ASSERT=y", "CONFIG_DEBUG_LAZY_ROOTS=y", "CONFIG_SELFTEST=y")
STRATEGY = {
    "refcount": (),
    "shootdown": ("CONFIG_MMU_LAZY_TLB_REFCOUNT=n",),
    "slot": ("CONFIG_MMU_LAZY_TLB_REFCOUNT=n", "CONFIG_MMU_LAZY_TLB_SLOT=y"),
}
TESTS = ("run spawner 50", "test lazy", "test asid", "test mm_check", "test slot",
         "test hotplug")
SECONDS = 60


class Case(NamedTuple):
    strategy: str
    catch: str  # what must be said: a regular expression
    commands: tuple = TESTS


class Model(NamedTuple):
    litmus: str  # the file that is the kernel with that mistake: "Sometimes"


CASES = {
    "drop_before_switch": Case("refcount", r"kernel panic|audit: 4"),
    "drop_twice": Case("refcount", r"kernel panic|audit: 4"),
    "forgotten_grab": Case("refcount",
                           r"kernel panic.*(mm_count|mm_users|init_mm|invariant 12)|audit: 4"),
    "no_shootdown": Case("shootdown", r"invariant 12"),
    "no_handover": Case("slot", r"invariant 12"),
    "slot_before_ttbr0": Model("SLOT-leave+early"),
    "asid_not_reserved": Case("refcount", r"FAIL asid\.|audit: 14"),
    "no_teardown_tlbi": Case("refcount", r"FAIL lazy\.teardown_reaches_the_lodger"),
    "fault_fills_borrowed": Case("refcount", r"FAIL lazy\.faults_of_a_lodger_fill_nothing"),
    "mm_through_active_mm": Case("refcount",
                                 r"FAIL lazy\.anonymous_threads_have_no_user_memory"),
    "exec_irqs_on": Case("refcount", r"FAIL exec\.changes_all_three", ("test exec",)),
    "hotplug_mask_first": Case("shootdown", r"kernel panic.*slot\.loaded == &init_mm"),
    "find_resurrects": Case("refcount", r"kernel panic|audit: |freed twice",
                            ("mmtorture 30 1",)),
    "on_cpu_no_release": Model("ONCPU-1+norel"),
    "no_migration_dsb": Model("MIGRATE+nodsb"),
}


def bug_names():
    """The names that include/kconfig.h knows, without `none`."""
    text = (ROOT / "include/kconfig.h").read_text()
    entry = text[text.index(" * BUG (name)"):text.index("#ifndef CONFIG_BUG\n")]
    return re.findall(r"^ \*   (?!none)([a-z0-9_]+)  ", entry, re.M)


def build(options):
    subprocess.run(["make", "-s", "--no-print-directory", "-C", str(ROOT), "-j2", *options,
                    "kernel"], check=True, timeout=600, stdout=subprocess.DEVNULL)
    words = subprocess.run([sys.executable, str(ROOT / "tools/kconfig.py"), "flags", *options],
                           check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return ROOT / f"build/gcc{words[0]}"


def said(directory, commands):
    """Everything that the kernel says until the commands are done, it is dead, or
    the time is up."""
    machine = None
    try:
        machine = Machine(directory, "raspi4b", boot=False)
        machine.boot()
        machine.script()
        until = time.monotonic() + SECONDS
        for command in commands:
            machine.run(command, timeout=max(1, until - time.monotonic()))
            if disasters(machine.transcript()):
                break
    except LodgerError:
        pass  # dead or late: what it said until then is what counts
    finally:
        text = machine.transcript() if machine else ""
        if machine:
            machine.close()
    # What tests of the audits provoke on purpose stands between two marks.
    return re.sub(r"test: findings that are meant to be:.*?"
                  r"test: end of findings that are meant to be", "", text, flags=re.S)


def run_case(name, case):
    """(caught?, a line about it)"""
    options = [*ALWAYS, *STRATEGY[case.strategy]] + ([f"CONFIG_BUG={name}"] if name else [])
    text = said(build(options), case.commands)
    match = re.search(case.catch, text)
    line = text[text.rfind("\n", 0, match.start()) + 1:].split("\n")[0] if match else \
        "nothing of " + case.catch + " in: " + ascii(text[-300:])
    return bool(match), line.strip()


def run_model(model):
    result = subprocess.run([sys.executable, str(ROOT / "tests/litmus/check.py")],
                            stdout=subprocess.PIPE, text=True, timeout=300)
    line = f" - {model.litmus}: Sometimes"
    return any(row.startswith("ok ") and row.endswith(line)
               for row in result.stdout.splitlines()), "litmus" + line


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("--only", action="append", metavar="NAME", help="only that bug")
    options = parser.parse_args()
    failed, n = 0, 0

    def report(good, name, line):
        nonlocal failed, n
        n += 1
        failed += not good
        print(f"{'ok' if good else 'not ok'} {n} - {name}: {line}", flush=True)

    names = bug_names()
    for name in sorted(set(names) ^ set(CASES)):
        report(False, name, "in include/kconfig.h or in tests/bugs/run.py, not in both")
    for strategy in () if options.only else sorted(STRATEGY):
        caught, line = run_case("", Case(strategy, r"FAIL |kernel panic|error: audit"))
        report(not caught, f"no bug, {strategy}", line if caught else "nothing is caught")
    for name in options.only or names:
        case = CASES[name]
        caught, line = run_model(case) if isinstance(case, Model) else run_case(name, case)
        report(caught, name, line)
    print(f"1..{n}")
    return int(failed > 0 or n == 0)


if __name__ == "__main__":
    sys.exit(main())
