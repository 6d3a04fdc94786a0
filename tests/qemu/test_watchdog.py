# SPDX-License-Identifier: MIT
"""Machines that hang or panic, and start again: `watchdog=N`, `panic=N`, the reason of
the last reset. An emulator's own watchdog does not count, so a machine in which no CPU
takes interrupts any more is not seen here."""
import re
import time

import pytest

from lodger import EOL

pytestmark = pytest.mark.targets(configs=["refcount"])


def again(m, since):
    """What is said from the report of a panic to the first prompt of the next life."""
    m.line.expect(r"==== rebooting in 1 s", timeout=20)
    m.line.expect(r"online, MPIDR 0x3[^\n]*\n", timeout=20)
    m.prompt()
    return m.transcript(since)


def test_hung_cpu(target):
    """One CPU stops taking interrupts: another one says so, and the machine is reset.

    Seen failing: without timer_start in `answer` nobody notices.
    """
    with target.boot(append="watchdog=2 panic=1", semihosting=False) as m:
        assert "watchdog: 2 s" in m.transcript()
        m.prompt()
        since = len(m.transcript())
        m.send("crash-kernel hang --yes\r")
        text = again(m, since)
        assert re.search(r"kernel panic on CPU [0-3]: watchdog: CPU", text)
        assert len(re.findall(r"^Lodger \d", text, re.M)) == 2  # of the panic, and anew
        assert re.search(r"reset: power on \(PM_RSTS 0x1000\)" + EOL, text)  # QEMU's


def test_healthy_system(target):
    """It is fed: under load, with CPUs that go off and on, nothing happens.

    Seen failing: with a watchdogd that sleeps for twice as long as it may, and with
    `expired` that panics for a CPU that has gone off.
    """
    with target.boot(append="watchdog=1", semihosting=False) as m:
        m.script()
        m.run("run spin &").ok()
        m.run("run spawner 100000 &").ok()
        until = time.monotonic() + 3
        while time.monotonic() < until:
            m.run("cpu off 3").ok()
            m.run("sleep 0.3").ok()
            m.run("cpu on 3").ok()
        m.run("cpu off 2").ok()
        m.run("sleep 1.5").ok()
        m.check()


def test_panic_reboots(target):
    """panic=1: the report, a second, the next life.

    Seen failing: without power_reboot in panic_halt.
    """
    with target.boot(append="panic=1", semihosting=False) as m:
        m.prompt()
        since = len(m.transcript())
        m.send("crash-kernel null --yes\r")
        assert "user address" in again(m, since)


def test_what_cannot_be(target):
    """Nonsense is said and ignored; without a watchdog nobody hangs on purpose."""
    with target.boot(append="watchdog=15 panic=x") as m:
        for line in ("watchdog=15: not a number from 0 to 14, ignored",
                     "panic=x: not a number from 0 to 3600, ignored"):
            assert line in m.transcript()
        m.script()
        result = m.run("crash-kernel hang --yes")
        assert result.rc != 0 and "watchdog=N" in result.text
        m.check()
