# SPDX-License-Identifier: MIT
"""The exhibit: what TTBR0 holds, what the rules say, and what it costs."""
import re
import time

import pytest

everywhere = pytest.mark.targets(configs=["refcount", "shootdown", "default"])
CPUS = range(4)


def pid_of(result):
    """The process of "[1] 17", which `run X &` answers."""
    return int(result.ok().out[-1].split()[1])


def assert_register_and_rule_agree(row):
    """`check` compares TTBR0_EL1 as that CPU reads it with active_mm's table."""
    assert row["check"] in ("ok", "ZOMBIE"), row


@everywhere
def test_shown_by(target):
    """The first session of the README, as a person would type it.

    Seen failing: at first no idle CPU ever lodged in spin's address space: the
    shell woke on spin's CPU and nobody took spin from there.
    """
    with target.boot() as m:
        m.script()
        # Which CPU takes a new thread depends on who idles at that moment; on a
        # busy host the first choice may leave no idle CPU that had spin loaded.
        spin, seen, looks = pid_of(m.run("run spin &")), False, 0
        while not seen and looks < 40:
            looks += 1
            if looks % 8 == 0:
                m.run(f"kill {spin}").ok()
                spin = pid_of(m.run("run spin &"))
            time.sleep(0.05)
            cpus = m.json("mm cpus")
            for row in cpus:
                assert_register_and_rule_agree(row)
            mine = next(row["id"] for row in m.json("mm ls")
                        if row["name"] == "spin" and row["state"] == "live")
            lodgers = [row for row in cpus if row["active_mm"] == mine and row["kind"] == "lazy"]
            seen = any(row["task"] == "idle" for row in lodgers) and \
                any(row["task"] == "[shell]" for row in lodgers)
        assert seen, f"nobody lodges in spin (mm{mine}): {cpus}"
        result = m.run("run spawner 200", 60).ok()
        assert result.out == ["spawner: 200 of 200 ok"]
        stat = m.json("mm stat")
        zombies = m.json("mm zombies")
        if target.strategy == "refcount":
            assert stat["zombies_created"] > 0 and stat["lazy_grabs"] >= stat["lazy_drops"] > 0
            assert stat["ipi_sent"] == 0
            assert stat["zombies_created"] - stat["zombies_reaped"] <= 4
        else:
            assert stat["lazy_grabs"] == stat["lazy_drops"] == 0
            assert zombies == [] and stat["zombies_created"] == 0
            assert stat["ipi_useful"] <= stat["ipi_sent"]
        assert len(zombies) <= 4
        m.check()
        m.run(f"kill {spin}").ok()
        m.check()


@everywhere
def test_user_kernel_same_user_costs_nothing(shell):
    """A spin on each CPU; the shell's thread interrupts one of them for each
    command. User to kernel to the same user: no TTBR0 write, no TLBI.

    Seen failing: with the spins not pinned they move, and each move writes TTBR0.
    """
    spins = [pid_of(shell.run(f"run -c {1 << cpu:#x} spin &")) for cpu in CPUS]
    shell.run("sleep 0.2").ok()
    before = shell.json("mm stat")
    for _ in range(25):
        shell.run("echo interrupts").ok()
        shell.run("sleep 0.01").ok()
    after = shell.json("mm stat")
    shell.run("kill " + " ".join(map(str, spins))).ok()

    def delta(*path):
        a, b = after, before
        for key in path:
            a, b = a[key], b[key]
        return a - b

    assert delta("switches", "uk") >= 25 and delta("switches", "ku") >= 25
    assert delta("switches", "uu") == 0
    assert delta("ttbr0_writes") == 0
    assert delta("ttbr0_avoided") >= 50
    assert [delta("tlbi", kind) for kind in ("all", "asid", "va")] == [0, 0, 0]


@everywhere
def test_spawn_lodges(shell):
    """A program that spawns does without its memory while its child is made, also if
    nothing comes of it.

    Seen failing: without both calls in sys_spawn; without end_lazy_tlb, where the
    spawner fails at its next pointer.
    """
    before = shell.json("mm stat")["voluntary"]
    shell.run("run spawner 20").ok()
    assert shell.json("mm stat")["voluntary"] - before == 20
    before = shell.json("mm stat")["voluntary"]
    shell.run("run usertests process.bad_images", 60).ok()  # 18 each by spawn and exec,
    assert shell.json("mm stat")["voluntary"] - before == 37  # after one for itself
    shell.check()


@everywhere
def test_lodgers_of_a_dead_process(shell, target):
    """A program that ends on CPU 2 leaves its address space to that CPU's idle
    thread: a zombie with a lodger when borrows are counted, nothing otherwise.

    Seen failing: each strategy with the other's expectation.
    """
    shell.run("run -c 0x4 exit 3")
    row = shell.json("mm cpus")[2]
    assert row["kind"] == "lazy"
    zombies = {z["id"]: z for z in shell.json("mm zombies")}
    if target.strategy == "refcount":
        assert row["check"] == "ZOMBIE" and row["active_mm"] in zombies
        zombie = zombies[row["active_mm"]]
        assert zombie["users"] == 0 and zombie["count"] >= 1
        assert zombie["state"] == "zombie"
        who = shell.json(f"mm who {zombie['id']}")
        assert all(w["holds"] == "lazy" and w["counts"] == "mm_count" for w in who)
        assert 2 in [w["cpu"] for w in who]
    else:
        assert row["check"] == "ok" and row["active_mm"] == 0
        assert zombies == {}
    shell.check()


def test_who_and_show(shell):
    """A live address space: its user, its regions, its lodgers.

    Seen failing: `mm show` of an id that is not there (-ENOENT).
    """
    pid = pid_of(shell.run("run -c 0x2 spin &"))
    shell.run("sleep 0.1").ok()
    mm = next(row for row in shell.json("mm ls")
              if row["name"] == "spin" and row["state"] == "live")
    threads = [t for t in shell.json("ps") if t["pid"] == pid]
    assert mm["users"] == len(threads) >= 1 and mm["count"] >= 1 and mm["state"] == "live"
    shown = shell.json(f"mm show {mm['id']}")
    assert shown["pgd"] == mm["pgd"]
    protections = {region["prot"] for region in shown["regions"]}
    assert "r-x" in protections and "rw-" in protections and not protections & {"rwx", "-wx"}
    who = shell.json(f"mm who {mm['id']}")
    real = [w["task"] for w in who if w["holds"] == "real"]
    assert sorted(real) == sorted(f"{t['name']}/{t['id']}" for t in threads)
    on_cpu = shell.json("mm cpus")[1]
    assert on_cpu["active_mm"] == mm["id"] and on_cpu["ttbr0_base"] == mm["pgd"]
    assert on_cpu["ttbr0_asid"] == mm["asid"]
    shell.run(f"kill {pid}").ok()
    shell.check()


@pytest.mark.targets(boards=["raspi4b"])
def test_idle_cpus_lodge_from_the_start(target):
    """At the first prompt every CPU lodges in init_mm: `mm ls`, `mm who` and `mm
    cpus` say the same of it.

    Seen failing: no lodging had begun for those who never switched (2026-11).
    """
    with target.boot() as m:
        m.script()
        init = m.json("mm ls")[0]
        assert init["id"] == 0 and init["lazy"] == 4 == len(init["cpus"].split(","))
        assert init["count"] == 1 + (4 if target.strategy == "refcount" else 0)
        who = m.json("mm who 0")
        assert [w["cpu"] for w in who] == [0, 1, 2, 3]
        assert all(row["lazy_us"] > 0 for row in m.json("mm cpus"))


# Tests that have nothing to say under some strategies.
SKIPPED = re.compile(r"skip (?:slot|mm_check)\.\w+: (?:another strategy is built in"
                     r"|not a laboratory build|nobody lodges)")


def run_kernel_tests(shell, what, at_least):
    result = shell.run(f"test {what}", 90)
    out = [line for line in result.out if not SKIPPED.fullmatch(line)]
    failed = [line for line in out if not line.startswith("ok ")]
    assert result.rc == 0 and len(failed) == 1, failed
    passed = int(failed[0].split()[0])
    assert passed == len(out) - 1 >= at_least
    shell.check()


# Each strategy once; both boards, which differ in timer and interrupts.
@pytest.mark.targets(pairs=[("raspi4b", "refcount"), ("raspi3b", "shootdown"),
                            ("raspi3b", "slot"), ("raspi4b", "eager"),
                            ("raspi4b", "paranoid")])
def test_kernel_tests(shell):
    """`test all`: the tests in the kernel, each ending with leak counts and audits.

    Seen failing: any in-kernel test that fails is rc=1 here.
    """
    run_kernel_tests(shell, "all", 150)


@pytest.mark.targets(pairs=[("raspi4b", "paranoid"), ("raspi4b", "refcount")])
def test_ledger(shell, target):
    """`mm who ID --ledger`: each reference with its taker and its place in the code;
    a clear answer where none is kept.

    Seen failing: without the entry in mmget.
    """
    pid = pid_of(shell.run("run -c 0x2 spin &"))
    shell.run("sleep 0.1").ok()
    mm = next(row["id"] for row in shell.json("mm ls")
              if row["name"] == "spin" and row["state"] == "live")
    if target.config == "paranoid":
        ledger = shell.json(f"mm who {mm} --ledger")
        taken = [row for row in ledger if row["what"] == "mmget"]
        assert any(row["site"].startswith("thread_create+") for row in taken), ledger
        assert all("/" in row["task"] and row["count"] > 0 for row in ledger)
    else:
        result = shell.run(f"mm who {mm} --ledger")
        assert result.rc == -88 and "CONFIG_DEBUG_LAZY_LEDGER=y" in result.text
    shell.run(f"kill {pid}").ok()
    shell.check()


@pytest.mark.targets(pairs=[("raspi4b", "paranoid")])
def test_strategies_change_under_load(shell):
    """In a laboratory build: each strategy in turn while programs come and go, all
    audits clean after each change, the tests of the scheme under each.

    Seen failing: with the lodgers of init_mm not counted over (audit 4).
    """
    names = [row["strategy"] for row in shell.json("mm strategy")]
    assert names == ["refcount", "shootdown", "slot", "eager"]
    shell.run("run spawner 5000 &")
    shell.run("run spin &")
    for name in names * 8:
        shell.run(f"mm strategy {name}").ok()
        shell.run("sleep 0.03")
        shell.check()
        assert shell.json("mm stat")["strategy"] == name
    shell.run("kill spawner").ok()
    shell.run("kill spin").ok()
    shell.run("sleep 0.5")
    for name in names:
        shell.run(f"mm strategy {name}").ok()
        run_kernel_tests(shell, "lazy", 5)
        run_kernel_tests(shell, "mm_check", 5)
    run_kernel_tests(shell, "slot", 5)


@pytest.mark.targets(pairs=[("raspi4b", "paranoid")])
def test_exec_and_protect_among_lodgers(shell):
    """Under each strategy: programs become others, end their threads for it, take rights
    from each other's CPUs, while spawners and the shell's kernel thread lodge; audits in
    between. With `paranoid` every exec is soon a rollover of ASIDs, too.

    Seen failing: with CONFIG_BUG=exec_irqs_on (the audits), with vm_protect that
    leaves the TLBs alone (reaches_all), and when lazyd asked all CPUs about each dead
    address space alone: programs ended faster than that, until memory was full.
    """
    for name in [row["strategy"] for row in shell.json("mm strategy")]:
        shell.run(f"mm strategy {name}").ok()
        loads = ["exec -n 100000 exit", "spawner 100000", "exec -n 100000 exit"]
        jobs = [pid_of(shell.run(f"run {load} &")) for load in loads]
        for test in ("exec.ends_threads", "protect.reaches_all", "protect.overlap"):
            shell.run(f"run usertests {test}", 150).ok()
            shell.check()
        voluntary = shell.json("mm stat")["voluntary"]
        for _ in range(10):
            shell.run("sleep 0.02").ok()
            shell.check()
        assert shell.json("mm stat")["voluntary"] > voluntary
        shell.run("kill " + " ".join(map(str, jobs))).ok()
    shell.run("sleep 0.5")
    shell.check()


@pytest.mark.targets(pairs=[("raspi4b", "paranoid")])
def test_bench_lazy(shell):
    """What the strategies promise, counted: `bench lazy`.

    Seen failing: each row with another strategy's figures.
    """
    rows = {(r["strategy"], r["what"]): r for r in shell.json("bench lazy", timeout=120)}
    same, exit3 = "user > kernel > same user", "exit, loaded by 3 others"
    figures = {name: (rows[name, same]["atomics"], rows[name, same]["ttbr0"])
               for name in ("refcount", "shootdown", "slot", "eager")}
    assert figures == {"refcount": (2, 0), "shootdown": (0, 0), "slot": (0, 0), "eager": (0, 2)}
    assert rows["slot", same]["barriers"] == rows["shootdown", same]["barriers"] == 0
    assert all(rows[name, same]["tlbi"] == 0 for name in figures)
    assert {name: rows[name, exit3]["ipi_sent"] for name in figures} == \
        {"refcount": 0, "shootdown": 3, "slot": 0, "eager": 0}
    assert all(row["instructions"] is None and row["cycles"] is None for row in rows.values())
    shell.check()
