# SPDX-License-Identifier: MIT
"""`cpu off N`, `cpu on N`: as a person would, and what they would get wrong. The races
are in sched/hotplug_test.c."""
import pytest


def states(m):
    return {c["cpu"]: c["state"] for c in m.json("cpu")}


def test_off_and_on(shell):
    """Seen failing with a CPU that comes back without its timer's event."""
    m = shell
    for cpu in (1, 2, 3):
        m.run(f"cpu off {cpu}").ok()
    assert states(m) == {0: "online", 1: "off", 2: "off", 3: "off"}
    assert [row["cpu"] for row in m.json("mm cpus")] == [0]
    m.run("mm check").ok()
    m.run("run spawner 20").ok()  # one CPU does it all
    for cpu in (3, 1, 2):
        m.run(f"cpu on {cpu}").ok()
    assert states(m) == dict.fromkeys(range(4), "online")
    m.run("run spawner 20").ok()
    m.run("run -c 8 exit 3")  # on CPU 3, which was off
    m.run("mm check").ok()


def test_what_cannot_be(shell):
    """Each is refused in words, and changes nothing."""
    m = shell
    wrong = {"cpu on 2": "CPU 2 is on already", "cpu off 0": "stays on",
             "cpu off 17": "no CPU 17", "cpu off": "usage", "cpu of 1": "usage",
             "cpu off x": "CPU", "cpu off 99999999999999999999": "CPU"}
    for command, message in wrong.items():
        result = m.run(command)
        assert result.rc != 0 and message in result.text, command
    m.run("cpu off 2").ok()
    for command, message in {"cpu off 2": "off already", "run -c 4 exit": "CPUs online"}.items():
        result = m.run(command)
        assert result.rc != 0 and message in result.text, command
    m.run("cpu on 2").ok()


def test_first_time(target):
    """A CPU that boot left alone comes when it is called."""
    with target.boot(append="nosmp") as m:
        m.script()
        assert states(m)[1] != "online"
        m.run("cpu on 1").ok()
        m.run("run -c 2 spawner 5").ok()
        m.run("mm check").ok()
        assert states(m)[1] == "online"


@pytest.mark.targets(pairs=[("raspi4b", "slot")])
def test_off_and_on_among_messages(shell):
    """Servers and clients go on while the CPUs on which they wait for each other go.

    Seen failing: wake() that puts who owes a DSB on its CPU although that is off.
    """
    for number in (3, 4):
        shell.run(f"run square {number} 100000000 &").ok()
    shell.run("run sysfuzz 30 &").ok()
    for cpu in (1, 2, 3) * 4:
        shell.run(f"cpu off {cpu}", 60).ok()
        shell.run("sleep 0.05").ok()
        shell.check()
        shell.run(f"cpu on {cpu}", 60).ok()
    before = {t["id"]: t["runtime_us"] for t in shell.json("ps") if t["name"] == "square"}
    shell.run("sleep 0.5").ok()
    after = {t["id"]: t["runtime_us"] for t in shell.json("ps") if t["name"] == "square"}
    assert len(before) == 4 and all(after[task] > before[task] for task in before), (before, after)
    shell.check()
