#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Runs a kernel while its vCPUs stall at random instructions of chosen functions
(schedfuzz.c says why that finds races), once for each seed.

    fuzz.py --plugin build/schedfuzz/schedfuzz.so --seeds 1-4 build/gcc-...
    fuzz.py ... --in 'sched/lazy.c' --in 'mm*' --run 'test lazy' --run 'run spawner 50'
    fuzz.py ... --expect-fail 'panic|audit' build/of-a-kernel-with-a-planted-bug
    fuzz.py ... --plain                   # the same without stalls, to compare

A seed is one boot. In it the commands are run in order, as often as --rounds says,
and the kernel is asked to power off. The seed has failed as soon as a command
fails, does not end by its deadline, the kernel panics or an audit finds something.
Then its line names what, and the next line is the command that does it again.

QEMU takes interrupts only between blocks of translated code. So it is told to make
blocks of one instruction: a stall may then be where a tick comes, or an IPI, and not
only where another CPU does. --blocks is for the races between CPUs alone.

What cannot fail tells nothing. So a seed whose plugin stalled no vCPU has failed
as well, whatever the kernel did; and with --expect-fail, for kernels with a bug
planted on purpose, every seed must be caught, by something that the pattern
matches. The exit status is 0 only if all seeds went as expected.
"""
import argparse
import fnmatch
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time

import pexpect

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "qemu"))
from lodger import ROOT, LodgerError, Machine, disasters  # noqa: E402

# Where the lazy scheme happens: the switch, the borrow, the life of an mm, ASIDs.
# Of what these call, atomics and locks are inlined, so they stall as well.
WHERE = ("sched/switch.c", "sched/switch.S", "sched/lazy.c", "mm/lazy*.c", "mm/mm.c",
         "mm/asid.c")
# Tests first, which want no program beside them; then programs that come and go while
# the shell looks at all address spaces. SETTLE is ours: until no job is left, all
# audits and all lists, again and again.
SETTLE = "settle"
LOOKS = ("mm check", "mm ls", "mm zombies")
COMMANDS = ("test lazy", "test asid", "test mm_check", "test process", "test exec",
            "test hotplug", "run spawner 100 &", "run threads 4", SETTLE,
            "run exec -n 20 exit &", "run spawner 40 &", "cpu off 3", "run usertests races",
            "cpu on 3", SETTLE, "mm check")
NM = ("aarch64-linux-gnu-nm", "aarch64-none-elf-nm", "aarch64-elf-nm", "llvm-nm", "nm")
SUMMARY = re.compile(r"^schedfuzz: seed=(\d+) insns=(\d+) stalls=(\d+) per_vcpu=(\S+)", re.M)
# Of all that a failing command prints, the lines that say what was wrong.
TELLING = re.compile(r"panic|audit|BUG|fail|expected|_test\.c:\d+", re.I)


# ---- which instructions ----


def symbols(elf):
    """(name, source file, lo, hi) of each function, by nm."""
    nm = next((tool for tool in NM if shutil.which(tool)), None)
    if not nm:
        sys.exit("fuzz: no nm found: tools/setup installs it")
    text = subprocess.run([nm, "-n", "-S", "-l", str(elf)], check=True, timeout=120, text=True,
                          stdout=subprocess.PIPE).stdout
    rows = []
    for line in text.splitlines():
        match = re.match(r"([0-9a-f]{16}) (?:([0-9a-f]{16}) )?[tTwW] (\S+)(?:\t(.*):\d+)?", line)
        if match:
            lo, size, name, file = match.groups()
            rows.append((name, re.sub(r"^(\./)+", "", file or ""), int(lo, 16),
                         int(size or "0", 16)))
    # Assembly gives no sizes: there it is up to the next symbol.
    above = [row[2] for row in rows[1:]] + [rows[-1][2] if rows else 0]
    return [(name, file, lo, lo + size if size else upto)
            for (name, file, lo, size), upto in zip(rows, above)]


def ranges(elf, patterns):
    """What the patterns name, sorted, neighbours joined. A pattern with a slash or
    a dot and a letter at its end is a source file, any other a function."""
    found, table = set(), symbols(elf)
    for pattern in patterns:
        by_file = "/" in pattern or pattern.endswith((".c", ".h", ".S"))
        hits = [(lo, hi) for name, file, lo, hi in table if lo < hi and
                fnmatch.fnmatchcase(file if by_file else re.sub(r"\..*", "", name), pattern)]
        if not hits:
            sys.exit(f"fuzz: {pattern}: no such {'file' if by_file else 'function'} in {elf}")
        found.update(hits)
    joined = []
    for lo, hi in sorted(found):
        # Up to 16 bytes between two are padding.
        if joined and lo <= joined[-1][1] + 16:
            joined[-1] = (joined[-1][0], max(hi, joined[-1][1]))
        else:
            joined.append((lo, hi))
    return joined


# ---- one seed ----


class Failed(Exception):
    """What was found, in one line."""


def first_telling(text):
    lines = [line.strip() for line in text.splitlines()]
    return next((line for line in lines if TELLING.search(line)), " ".join(lines)[:200])


def worst(text):
    """The line that says what the kernel found wrong with itself, or None: a panic
    before an audit, which may just then have been shown what it is meant to find."""
    found = sorted(disasters(text), key=lambda line: "panic" not in line)
    return found[0].strip() if found else None


def one_command(machine, command, options):
    """Raises Failed if it or the kernel was not well."""
    since = len(machine.line.logfile_read.getvalue())
    try:
        result = machine.run(command, options.deadline)
    except LodgerError as error:
        raise Failed(f"{command}: {worst(machine.transcript(since)) or error}") from None
    found = worst(machine.transcript(since))
    if found:
        raise Failed(f"{command}: {found}")
    if result.rc:
        raise Failed(f"{command}: rc={result.rc}: {first_telling(result.text)}")


def settle(machine, options):
    until = time.monotonic() + options.deadline
    while machine.json("jobs", options.deadline):
        if time.monotonic() > until:
            raise Failed(f"jobs still run after {options.deadline} s")
        for command in LOOKS:
            one_command(machine, command, options)


def try_commands(machine, options):
    try:
        machine.boot(options.deadline)
        machine.script()
        for _ in range(options.rounds):
            for command in options.run:
                if command == SETTLE:
                    settle(machine, options)
                else:
                    one_command(machine, command, options)
    except LodgerError as error:
        raise Failed(worst(machine.transcript()) or str(error)) from None


def end(machine, well):
    """End QEMU, and read all that it still says: the plugin's summary is last. How it
    ended, if it did so of itself."""
    gone = None
    if not machine.line.isalive():
        gone = machine.line.signalstatus or machine.line.exitstatus
    try:
        if gone is None and well:
            machine.send("poweroff 0\r")
            machine.line.expect(pexpect.EOF, timeout=3)
    except pexpect.TIMEOUT:
        pass
    try:
        if machine.line.isalive():
            machine.line.kill(signal.SIGTERM)  # timeout(1) hands it on
            machine.line.expect(pexpect.EOF, timeout=6)
    except pexpect.TIMEOUT:
        pass
    machine.close()
    return gone


def run_seed(seed, where, options):
    """(what failed or None, the plugin's summary or None, the transcript)."""
    plugin = [str(options.plugin.resolve()), f"seed={seed}", f"one_in={options.one_in}",
              f"ns={options.ns}", *(f"lo={lo:#x},hi={hi:#x}" for lo, hi in where)]
    qemu = [] if options.plain else ["-plugin", ",".join(plugin)]
    if not options.plain and not options.blocks:
        qemu += ["-accel", "tcg,thread=multi,one-insn-per-tb=on"]
    machine = Machine(options.build.resolve(), options.board, boot=False, qemu=qemu)
    wrong = None
    try:
        try_commands(machine, options)
    except Failed as failed:
        wrong = str(failed)
    finally:
        gone = end(machine, wrong is None)
    if gone is not None:
        wrong = f"{wrong or 'QEMU ended'} (status {gone})"
    summary = SUMMARY.search(machine.transcript())
    return wrong, summary, machine.transcript()


def replay(seed, options):
    """The command line that runs this seed alone."""
    words = [pathlib.Path(__file__).resolve().relative_to(ROOT), "--plugin", options.plugin,
             "--board", options.board, "--seeds", seed, "--one-in", options.one_in,
             "--ns", options.ns, "--rounds", options.rounds, "--deadline", options.deadline]
    for option, values in (("--in", options.where), ("--run", options.run)):
        for value in values:
            words += [option, value]
    words += ["--blocks"] if options.blocks else []
    return shlex.join(map(str, [*words, "--verbose", options.build]))


def judge(seed, where, options):
    """Run it and say what came of it; true if that was as expected."""
    started = time.monotonic()
    wrong, summary, transcript = run_seed(seed, where, options)
    seconds = time.monotonic() - started
    insns, stalls, each = summary.group(2, 3, 4) if summary else ("?", "?", "?")
    idle = not options.plain and (not summary or int(stalls) == 0)
    if idle:
        verdict, good = "no stalls" + (f", and {wrong}" if wrong else ""), False
    elif options.expect_fail is None:
        verdict, good = wrong or "clean", not wrong
    elif not wrong:
        verdict, good = "NOT CAUGHT", False
    else:
        good = re.search(options.expect_fail, wrong, re.I) is not None
        verdict = f"{'caught' if good else 'failed, but not as expected'}: {wrong}"
    print(f"{'ok' if good else 'not ok'} - seed {seed} {options.board}: {verdict} "
          f"[{insns} instructions, {stalls} stalls, {seconds:.0f} s]", flush=True)
    if options.verbose:
        print(f"  stalls per vCPU, of instructions: {each}\n{transcript}")
    if not good and not options.plain:
        print(f"  again: {replay(seed, options)}", flush=True)
        if not options.verbose:
            print("".join(f"  | {line}\n" for line in transcript.splitlines()[-20:]), end="")
    return good


# ---- the command line ----


def seed_list(text):
    seeds = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        seeds += range(int(first), int(last or first) + 1)
    return seeds


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("build", type=pathlib.Path, help="has kernel8.img, kernel.elf and the device trees")
    add("--plugin", type=pathlib.Path, default=ROOT / "build/schedfuzz/schedfuzz.so")
    add("--board", default="raspi4b")
    add("--seeds", type=seed_list, default=[1, 2, 3, 4], metavar="1-4,9")
    add("--in", dest="where", action="append", metavar="PATTERN",
        help=f"functions or source files that stall, * allowed ({' '.join(WHERE)})")
    add("--run", action="append", metavar="COMMAND",
        help=f"shell commands, in order; {SETTLE}: until no job is left "
        f"({'; '.join(COMMANDS)})")
    add("--rounds", type=int, default=1, help="how often all of them")
    add("--deadline", type=float, default=120, metavar="S", help="for one command")
    add("--one-in", type=int, default=8, metavar="N", help="one instruction in N stalls")
    add("--ns", type=int, default=1000000, help="the longest stall")
    add("--blocks", action="store_true",
        help="translate whole blocks: faster, and no interrupt comes inside one")
    add("--expect-fail", nargs="?", const="", metavar="REGEX",
        help="each seed must fail, and what failed match this")
    add("--plain", action="store_true", help="no plugin, as often as there are seeds")
    add("--verbose", action="store_true", help="the serial line, too")
    options = parser.parse_args()
    options.where = options.where or list(WHERE)
    options.run = options.run or list(COMMANDS)
    for file in (options.build / "kernel8.img", options.build / "kernel.elf", options.plugin):
        if not file.exists() and not (options.plain and file == options.plugin):
            parser.error(f"{file}: not there")
    return options


def main():
    options = parse()
    where = ranges(options.build / "kernel.elf", options.where)
    good = [judge(seed, where, options) for seed in options.seeds]
    print(f"schedfuzz: {options.build.name} {options.board}: {sum(good)} of {len(good)} seeds "
          f"{'clean' if options.expect_fail is None else 'caught'}", flush=True)
    return 0 if good and all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
