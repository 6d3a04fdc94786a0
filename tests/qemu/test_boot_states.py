# SPDX-License-Identifier: MIT
"""
Every state that a loader may leave the machine in (boot/head.S says which).

tests/boot/loader.S is started in place of the kernel, on core 0 or on all of
them, and makes the state that a test asks for: exception level, MMU and caches,
where the kernel and its device tree lie, what x0 says, where the other cores
are. The kernel must then come to its prompt with four CPUs and happy audits.
"""
import re
import struct
import subprocess
import time
from typing import NamedTuple

import pytest

from lodger import ROOT

KERNEL_FROM = 0x80000    # where -kernel puts the image
TREE_FROM = 0x8000000    # where -dtb puts the tree
LOADER = 0x20000000
LATE_S, COUNTER_HZ = 5, 62_500_000
TREE = 0x10000000        # where the loader puts the tree, unless told otherwise

FLAG_MMU = 1
FLAGS_OF_OTHERS = {"park": 0, "qemu": 0, "enter": 2, "late": 2 | 4}
CONFIG = struct.Struct("<8Q2I")  # `config` in loader.S
CONFIG_OFFSET = 8

pytestmark = pytest.mark.targets(configs=["refcount"])


class State(NamedTuple):
    el: int = 2
    mmu: bool = False
    kernel: int = KERNEL_FROM
    tree: int = TREE
    x0: object = "tree"  # or a number
    # Cores 1 to 3: "enter" the kernel with core 0, or "late", when it has given
    # them up; "park" in the loader's spin-table at that same EL; or are left in
    # "qemu"'s spin-table, at EL2.
    others: str = "park"

    def __str__(self):
        x0 = "" if self.x0 == "tree" else f"-x0={self.x0:#x}"
        tree = "" if self.tree == TREE else f"-tree={self.tree:#x}"
        return (f"el{self.el}-{'mmu' if self.mmu else 'nommu'}-{self.others}"
                f"-at={self.kernel:#x}{tree}{x0}")


@pytest.fixture(scope="session")
def loader(tmp_path_factory):
    out = tmp_path_factory.mktemp("loader") / "loader.bin"
    subprocess.run(["make", "-s", "-f", "tests/boot/loader.mk", f"OUT={out}"],
                   cwd=ROOT, check=True, timeout=60)
    return out.read_bytes()


@pytest.fixture
def boot(target, loader, tmp_path):
    """boot(state, files={address: bytes}): the machine at its prompt."""
    machines = []

    def start(state, files=(), wait=True):
        x0 = state.tree if state.x0 == "tree" else state.x0
        late = LATE_S * COUNTER_HZ
        # QEMU adds memory and command line to the tree: 64 KB hold it all.
        config = CONFIG.pack(KERNEL_FROM, state.kernel,
                             (target.build / "kernel8.img").stat().st_size,
                             TREE_FROM, state.tree, 0x10000, x0, late, state.el,
                             state.mmu * FLAG_MMU | FLAGS_OF_OTHERS[state.others])
        image = tmp_path / "loader.bin"
        image.write_bytes(loader[:CONFIG_OFFSET] + config
                          + loader[CONFIG_OFFSET + len(config):])
        qemu = ["-device", f"loader,file={image},addr={LOADER:#x},force-raw=on"]
        for cpu in range(1 if state.others == "qemu" else 4):
            qemu += ["-device", f"loader,addr={LOADER:#x},cpu-num={cpu}"]
        for address, data in dict(files).items():
            blob = tmp_path / f"{address:x}.bin"
            blob.write_bytes(data)
            qemu += ["-device", f"loader,file={blob},addr={address:#x},force-raw=on"]
        machines.append(target.boot(qemu=qemu, boot=False))
        if wait:
            machines[-1].boot()
        return machines[-1]

    yield start
    for machine in machines:
        machine.close()


def works(m, state):
    """Four CPUs, entered where they should have been; audits; a program."""
    for cpu in range(4):
        el = 2 if cpu and state.others == "qemu" else state.el
        assert re.search(rf"cpu{cpu}: online, MPIDR 0x\w+, entered at EL{el}$",
                         m.boot_text, re.M), f"cpu{cpu} at EL{el}"
    m.script()
    assert [c["state"] for c in m.json("cpu")] == ["online"] * 4
    m.run("run hello").ok()
    m.run("run spawner 8", 60).ok()
    m.check()


# Level, MMU and the other cores: all of them. The load address goes through its
# own list meanwhile: where QEMU, U-Boot and the firmware put it; another 2 MB
# multiple; pages that are no multiple of anything, low (over the place it came
# from) and high, next to the end of the memory that the tree names.
ADDRESSES = [0x80000, 0x2080000, 0x13000, 0x3AF7D000]
STATES = [State(el, mmu, ADDRESSES[i % 4], others=others)
          for i, (el, others, mmu) in enumerate(
              (el, others, mmu) for el in (3, 2, 1)
              for others in ("park", "enter", "qemu") for mmu in (False, True))]


@pytest.mark.parametrize("state", STATES, ids=str)
def test_entered_in_any_state(target, boot, state):
    """Seen failing, each the states it is about: without the word in boot_pen, or
    the release word, cpu1 is offline; SCTLR_EL2 not set on the way from EL3 stops
    after "L"; bss not cleared stops; tables as if loaded at a 2 MB boundary stop;
    SPSel left alone panics; SCTLR left alone with the MMU off says "\\0odger", its
    bytes swapped, and finds no CPU. An interrupt taken and never ended: no key is
    read (Pi 4). Timers or mailboxes left on: no prompt (Pi 3).

    Not to be seen in QEMU, which has no caches: what is not written back, and an
    MMU that stays on at a level that is left.
    """
    m = boot(state)
    assert m.transcript().startswith("Lodger\n")
    assert "device tree: boot loader" in m.boot_text
    works(m, state)
    assert m.power_off(3) == 3


@pytest.mark.targets(boards=["raspi4b"], configs=["refcount"])
def test_the_others_come_late(target, boot):
    """One CPU is enough for a shell, and a line for each of the others says why.
    Who comes when it has been given up can be called.

    Seen failing: without the pen (they begin as core 0 does, on top of it).
    """
    m = boot(State(mmu=True, others="late"))
    for cpu in (1, 2, 3):
        assert re.search(rf"cpu{cpu}: offline, MPIDR 0x\w+: did not come from its spin-table",
                         m.boot_text), m.boot_text
    m.script().check()
    while m.json("uptime")["uptime_us"] < (LATE_S + 0.5) * 1e6:
        time.sleep(0.2)
    for cpu in (1, 2, 3):
        m.run(f"cpu on {cpu}").ok()
    assert [c["state"] for c in m.json("cpu")] == ["online"] * 4
    m.run("run spawner 8", 60).ok()
    m.check()


@pytest.mark.targets(boards=["raspi4b"], configs=["refcount"])
def test_loaded_where_it_cannot_run(target, boot):
    """At no multiple of 4 KB: it says so, and nothing else happens.

    Seen failing: without the look at its address "Lod" comes, and nothing more.
    """
    m = boot(State(kernel=0x2080010), wait=False)
    m.wait_for(r"L\?")
    assert m.drain(0.3) == ""


# ---- device trees in odd places, and what is none ----

GOOD_TREES = [
    State(tree=0x10000008),                  # aligned to 8 bytes and no more
    State(kernel=0x2080000, tree=0x1FFFF8),  # across two blocks of 2 MB
    State(tree=0x3B3F0000),                  # ends with the memory that it names
    State(3, True, tree=0x1000, others="enter"),  # right behind the spin-table
]


@pytest.mark.parametrize("state", GOOD_TREES, ids=str)
def test_tree_anywhere_in_memory(target, boot, state):
    """It is used, and still there when all memory has been.

    Seen failing: not reserved in memory_init(), memhog's pages take its place.
    """
    m = boot(state)
    assert "device tree: boot loader" in m.boot_text
    works(m, state)
    if target.board == "raspi3b":  # the same code, and it takes a while
        return
    tree = m.run("dt /cpus").ok().out
    assert m.run("run memhog 4000", 60).rc != 0
    assert m.run("dt /cpus").ok().out == tree
    m.check()


@pytest.mark.targets(boards=["raspi4b"], configs=["refcount"])
@pytest.mark.parametrize("state", [State(tree=0x3FFF0000), State(kernel=0x50080000),
                                   State(1, True, kernel=0x7E080000, tree=0x50000000)], ids=str)
def test_outside_the_memory_it_names(target, boot, state):
    """A Pi 4 has more memory than its tree need say; tree and kernel may lie there.

    Seen failing: with such addresses refused the built-in tree is used.
    """
    m = boot(state)
    assert "device tree: boot loader" in m.boot_text
    works(m, state)


def fdt_header(size, magic=0xD00DFEED):
    """Ten big-endian words; what is behind them is nothing."""
    return struct.pack(">10I", magic, size, 0x38, 0x1000, 0x28, 17, 16, 0, 0x100, 0x800)


# What x0 names, and what is put there. No tree must be found in it, nothing may
# fault or be written to, and what is said is that the built-in tree is used.
NO_TREES = {
    "zero": (0, b""),
    "atags": (0x100, b""),  # what QEMU leaves there without -dtb
    "unaligned tree": (TREE + 4, None),
    "odd": (TREE + 1, b""),
    "device": ({"raspi4b": 0xFE201000, "raspi3b": 0x3F201000}, b""),
    "interrupt controller": ({"raspi4b": 0xFF841000, "raspi3b": 0x40000000}, b""),
    "nothing": ({"raspi4b": 0x90000000, "raspi3b": 0x50000000}, b""),
    "above everything": (0xF_FFFF_FFF8, b""),
    "no physical address": (0xFFFF_FFFF_FFFF_FFF8, b""),
    "the kernel": (0x2080000, b""),
    "other bytes": (TREE, b"not a tree" * 100),
    "header only": (TREE, fdt_header(0x28)),
    "no size": (TREE, fdt_header(0)),
    "too big": (TREE, fdt_header(0xFFFFFFF8)),
    "zeros behind the header": (TREE, fdt_header(0x2000)),
    "beyond memory": ({"raspi4b": 0x7FFFF000, "raspi3b": 0x3B3FF000}, fdt_header(0xFFFF8)),
}


@pytest.mark.parametrize("name", NO_TREES)
def test_x0_is_no_tree(target, boot, name):
    """Whatever it is, it is left alone.

    Seen failing: without the check for 8 bytes the unaligned tree is taken;
    without looking at every page first, "beyond memory" is a panic.
    """
    x0, data = NO_TREES[name]
    if isinstance(x0, dict):
        x0 = x0[target.board]
    state = State(kernel=0x2080000, x0=x0, tree=x0 if data is None else TREE_FROM)
    m = boot(state, {x0: data} if data else {})
    assert "device tree: built in" in m.boot_text
    works(m, state)
