# SPDX-License-Identifier: MIT
"""`selftest`: the report that a person with a board sends."""
import pytest


@pytest.mark.targets(pairs=[("raspi3b", "default")])
def test_report(shell):
    """All of it is there, all succeeds, and the machine is as before.

    Seen failing: with a step `run no-such`, and when `cpu on 1` was not run because
    CPU 1 had just gone off.
    """
    lines = shell.run("selftest", 240).ok().out
    assert lines[0] == "======== selftest: begin (emulation)"
    for step in ("version", "dmesg", "cpu", "run usertests", "cpu on 1"):
        assert f"---- {step}" in lines
    results = lines[lines.index("---- results") + 1:-1]
    assert len(results) == 9 and all(line.startswith("ok ") for line in results)
    assert lines[-1] == "======== selftest: 9 of 9 ok"
    assert {cpu["state"] for cpu in shell.json("cpu")} == {"online"}
    shell.check()
