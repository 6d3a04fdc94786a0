# SPDX-License-Identifier: MIT
"""`mmtorture`: everything that can happen to an address space, at once.

`make test-mmtorture` is the long run: with MMTORTURE_SECONDS set, every strategy on
both boards, with few ASIDs, too.
"""
import itertools
import os
import time

import pytest

from conftest import CONFIGS

SECONDS = int(os.environ.get("MMTORTURE_SECONDS", 0))
LONG = [name for name in CONFIGS if name != "default"]
PAIRS = list(itertools.product(("raspi4b", "raspi3b"), LONG)) if SECONDS else [
    ("raspi4b", "refcount"), ("raspi3b", "shootdown"), ("raspi4b", "slot"),
    ("raspi3b", "eager"), ("raspi4b", "paranoid")]


@pytest.mark.targets(pairs=PAIRS)
def test_torture(shell):
    """Clean, and all that should happen did: the command itself fails otherwise.

    Seen failing: with each CONFIG_BUG that docs/bugs.md says torture finds; with a
    worker that never pins (`never happened`), and with two CPUs stopped, so that few
    meet (`never met`).
    """
    seconds = SECONDS or 5
    result = shell.json(f"mmtorture {seconds} 1", 20 * seconds + 60)
    assert result["result"] == "ok" and result["seed"] == 1
    assert result["seconds"] >= seconds
    events = {row["event"]: row["count"] for row in result["events"]}
    windows = {row["window"]: row for row in result["windows"]}
    assert min(events[e] for e in ("exit", "exec", "use", "program", "cpu_off")) > 0
    assert windows["switch_slot"]["met"] > 0 and windows["switch_slot"]["with"] in windows
    assert all(row["met"] <= 0 for row in windows.values() if not row["passed"])
    assert events["cpu_on"] <= events["cpu_off"]
    shell.check()
    assert {cpu["state"] for cpu in shell.json("cpu")} == {"online"}


@pytest.mark.targets(pairs=[("raspi4b", "refcount")])
def test_torture_as_text(shell):
    """Two tables and a verdict; Ctrl-C ends it and leaves nothing behind."""
    lines = shell.run("mmtorture 2 7", 90).ok().out
    assert [line for line in lines if line.startswith(("EVENT ", "WINDOW "))]
    assert lines[-1].split() == ["result", "ok"]
    for wrong, message in (("0", "seconds"), ("x", "seconds"), ("1 0", "seed"),
                           ("1 4294967296", "seed"), ("1 2 3", "usage")):
        result = shell.run(f"mmtorture {wrong}")
        assert result.rc != 0 and message in result.text, wrong
    shell.send("mmtorture 600 1\r")
    time.sleep(0.5)
    shell.send("\x03")
    assert shell.wait_for(r"\nrc=(-?\d+)\r*\n").group(1) == "-4"  # EINTR
    assert {cpu["state"] for cpu in shell.json("cpu")} == {"online"}
    shell.check()


@pytest.mark.targets(pairs=[("raspi4b", "default")])
def test_not_built_in(shell):
    """A kernel without tests says how to get one that has them."""
    result = shell.run("mmtorture")
    assert result.rc != 0 and "CONFIG_SELFTEST=y" in result.text
