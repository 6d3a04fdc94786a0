# SPDX-License-Identifier: MIT
"""
What a kernel that has gone wrong says, and that nothing goes on behind it. The
crimes are those of `crash-kernel` (src/shell/cmd_crash.c); among them each way
round W^X: code and constants are written by both their mappings, data and the
second mapping of code are executed.
"""
import re
import time
from typing import NamedTuple

import pytest

from lodger import EOL

pytestmark = pytest.mark.targets(configs=["refcount"])

IMAGE, STACKS, LINEAR = "ffffffff8", "ffffffd8", "ffffff80"
DATA, INSN = "data abort in the kernel", "instruction abort in the kernel"


class Crime(NamedTuple):
    function: str           # which the backtrace must name
    reason: str             # of the panic, a regular expression
    syndrome: str = ""      # how ESR is decoded; "": no exception
    far: str = ""           # how FAR begins


CRIMES = {
    "null": Crime("crash_null", "shell has no address space, yet touches a user address",
                  DATA + ", nothing mapped there, read", "0000000000000000"),
    "jump": Crime("crash_jump", INSN, INSN + ", nothing mapped there", IMAGE),
    "stack": Crime("crash_stack", "kernel stack overflow in shell",
                   DATA + ", nothing mapped there, write", STACKS),
    "guard": Crime("crash_guard", "kernel stack overflow in shell",
                   DATA + ", nothing mapped there, read", STACKS),
    "assert": Crime("crash_assert", r"src/shell/cmd_crash\.c:\d+: does not hold: \S+"),
    "brk": Crime("crash_brk", "BRK instruction in shell", "BRK instruction"),
    "text": Crime("crash_text", DATA, DATA + ", not permitted, write", IMAGE),
    "text-linear": Crime("crash_text_linear", DATA, DATA + ", not permitted, write", LINEAR),
    "const": Crime("crash_const", DATA, DATA + ", not permitted, write", IMAGE),
    "const-linear": Crime("crash_const_linear", DATA, DATA + ", not permitted, write", LINEAR),
    "exec-data": Crime("crash_exec_data", INSN, INSN + ", not permitted", IMAGE),
    "exec-const": Crime("crash_exec_const", INSN, INSN + ", not permitted", IMAGE),
    "exec-stack": Crime("crash_exec_stack", INSN, INSN + ", not permitted", STACKS),
    "exec-linear": Crime("crash_exec_linear", INSN, INSN + ", not permitted", LINEAR),
    "unaligned": Crime("crash_unaligned", DATA, DATA + ", misaligned", IMAGE),
    "lock-order": Crime("crash_lock_order", r"lock order: rank \d+ taken under rank \d+"),
}


def crash(m, kind):
    """The report."""
    since = len(m.transcript())
    m.send(f"crash-kernel {kind} --yes\r")
    m.wait_for(r"==== halted;")
    m.wait_for(EOL)
    return m.transcript(since)


# Which board it is makes no difference here; test_all_cpus_stop is where it does.
@pytest.mark.targets(boards=["raspi4b"], configs=["refcount"])
@pytest.mark.parametrize("kind", CRIMES)
def test_panic_says_what_and_where(target, kind):
    """One report, one exit code: reason, ESR and FAR in words, who did it.

    Seen failing: exec-data with PTE_KERNEL_RW executable, text-linear with code
    writable in map_linear(), stack without the check in el1_entry (no report at
    all), jump without the line for x30 in backtrace_print() (crash_jump is
    missing), lock-order while console_flush() took its lock (a panic within the
    panic, for ever).
    """
    crime = CRIMES[kind]
    with target.boot() as m:
        m.script()
        debug = {o["name"]: o["value"] for o in m.json("config")}["DEBUG_ASSERT"]
        assert debug == 1  # or else lock-order would not be noticed
        text = crash(m, kind)
        assert m.wait_exit() == 101
    assert len(re.findall("^==== kernel panic on CPU [0-3]: ", text, re.M)) == 1
    assert re.search(rf"^==== kernel panic on CPU [0-3]: {crime.reason}", text, re.M)
    assert re.search(r"^Lodger \d\S+ \(git .*\)$", text, re.M)
    if crime.syndrome:
        assert re.search(rf"^ESR 0x[0-9a-f]{{8}} \({re.escape(crime.syndrome)}.*\)"
                         rf"  FAR 0x{crime.far}", text, re.M)
        assert re.search(r"^x30 [0-9a-f]{16}  sp ffffffd8[0-9a-f]{8}  pc [0-9a-f]{16}", text, re.M)
    frames = re.findall(r"^  [0-9a-f]{16}(?:  (\w+)\S*\+0x[0-9a-f]+)?$",
                        text.split("backtrace (innermost first):\n")[1], re.M)
    assert crime.function in frames, frames
    if kind != "stack":  # whose backtrace ends before it gets there
        at = frames.index(crime.function)
        assert frames[at + 1:at + 3] == ["cmd_crash_kernel", "shell_run_words"], frames
        assert frames[-1] == "task_first_run"
    assert "did not stop" not in text and "panic within" not in text


def program_counters(m):
    """Of all four cores, by QEMU's monitor."""
    m.line.send("info registers -a\r")
    found = []
    while len(found) < 4:
        found.append(int(m.wait_for(r"\bPC=([0-9a-f]{16})").group(1), 16))
    m.wait_for(r"\(qemu\) ")
    return found


def test_all_cpus_stop(target):
    """Programs run on every CPU when one panics; behind the report none does.

    Seen failing: without smp_stop_others() in panic_frame() spin's PCs go on.
    """
    with target.boot(semihosting=False) as m:
        m.script()
        for _ in range(4):
            m.run("run spin &").ok()
        m.line.send("\x01c")
        m.wait_for(r"\(qemu\) ")
        deadline = time.monotonic() + 10
        while sum(pc < 1 << 39 for pc in program_counters(m)) < 3:
            assert time.monotonic() < deadline, "spin does not run on all CPUs"
        m.line.send("\x01c")
        text = crash(m, "null")
        assert "did not stop" not in text
        m.line.send("\x01c")  # no prompt this time
        # The one that has panicked may still be on its way from the last line to rest.
        # A pending interrupt lets WFI return, into a loop of two instructions.
        deadline, last = time.monotonic() + 5, program_counters(m)
        while True:
            time.sleep(0.2)
            first, last = last, program_counters(m)
            if all(abs(a - b) <= 8 for a, b in zip(last, first)):
                break
            assert time.monotonic() < deadline, "some CPU goes on"
        assert all(pc >> 39 == (1 << 25) - 1 for pc in last)


def test_crash_kernel_asks_first(shell):
    """Nothing happens without --yes, or to a name that is none; all are listed.

    Seen failing: with the check for --yes left out, the machine is gone.
    """
    assert set(CRIMES) | {"hang"} == {row["kind"] for row in shell.json("crash-kernel")}
    for command, rc, said in (("crash-kernel null", -1, "--yes"),
                              ("crash-kernel null --no", -1, "--yes"),
                              ("crash-kernel nul --yes", -2, "no kind 'nul'")):
        result = shell.run(command)
        assert result.rc == rc and said in result.text
    shell.check()
