# SPDX-License-Identifier: MIT
"""From reset to the prompt: what is said on the way, and what changes it."""
import re
import subprocess
import sys

import pytest

from lodger import EOL, PROMPT, ROOT

BANNER = (r"Lodger \d+\.\d+\.\d+ \(git (?:[0-9a-f]+(?:-dirty)?|unknown), "
          r"config [^,]+, (?:gcc|clang)[^)]*\)")


@pytest.mark.targets(configs=["refcount", "shootdown", "default"])
def test_boot_lines(target):
    """Banner, memory, initramfs, and four cores, each with EL and MPIDR; the prompt.

    Seen failing: with -smp 2 there is no line for cpu2.
    """
    with target.boot() as m:
        text = m.boot_text
        assert re.search("^" + BANNER + "$", text, re.M)
        for cpu in range(4):
            found = re.search(rf"cpu{cpu}: online, MPIDR (0x[0-9a-f]+), entered at EL([123])$",
                              text, re.M)
            assert found, f"cpu{cpu}"
            assert int(found.group(1), 16) & 0xff == cpu
        assert "device tree: boot loader" in text
        assert "initramfs: built in" in text
        assert re.search(r"memory: \d+ MB free", text)
        m.script()
        cpus = m.json("cpu")
        assert [c["state"] for c in cpus] == ["online"] * 4
        version = m.json("version")
        assert version["version"] in text and version["git"] in text
        options = {o["name"]: o["value"] for o in m.json("config")}
        assert options["MMU_LAZY_TLB_REFCOUNT"] == int(target.strategy == "refcount")
        assert options["DEBUG_ASSERT"] == int(target.config != "default")
        assert m.json("mm stat")["strategy"] == target.strategy
        m.check()
        assert m.power_off(7) == 7


@pytest.mark.targets(configs=["refcount"])
def test_first_byte_comes_before_anything_else(target):
    """The name is spelt while the machine wakes: 'L' is the first byte on the line.

    Seen failing: any earlier output, as when the driver printed a newline first.
    """
    with target.boot() as m:
        assert m.transcript().startswith("Lodger\n")


@pytest.mark.targets(configs=["refcount"])
def test_without_device_tree(target):
    """No tree is handed over: the built-in one of that SoC is used, and says so.

    Seen failing: with the tree of the other SoC built in, no UART answers.
    """
    with target.boot(dtb=False) as m:
        assert "device tree: built in" in m.boot_text
        m.script()
        assert [c["state"] for c in m.json("cpu")] == ["online"] * 4
        m.run("run hello").ok()
        m.check()


@pytest.mark.targets(configs=["refcount"])
def test_initrd_handed_over_is_used(target, tmp_path):
    """Programs and files come from the archive that the loader hands over.

    Seen failing: with --initrd left out, `ls` has no such file.
    """
    note = tmp_path / "note"
    note.write_text("handed over\n")
    archive = tmp_path / "initrd.cpio"
    subprocess.run([sys.executable, ROOT / "tools/mkcpio", archive,
                    f"note={note}"], check=True, timeout=20)
    with target.boot(initrd=archive) as m:
        assert re.search(rf"initramfs: boot loader, {archive.stat().st_size} bytes", m.boot_text)
        m.script()
        assert [f["name"] for f in m.json("ls")] == ["note"]
        assert m.run("cat note").ok().out == ["handed over"]
        assert m.run("run hello").rc == -2  # ENOENT: the built-in one is not there
        m.check()


@pytest.mark.targets(configs=["refcount"])
def test_nosmp(target):
    """`nosmp`: one CPU, and everything else as usual.

    Seen failing: without the word all four are online.
    """
    with target.boot(append="nosmp") as m:
        assert "nosmp:" in m.boot_text
        m.script()
        assert [c["cpu"] for c in m.json("mm cpus")] == [0]
        m.run("run hello").ok()
        m.run("run spawner 20", 60).ok()
        m.check()


@pytest.mark.targets(boards=["raspi4b"], configs=["refcount"])
def test_loglevel(target):
    """`loglevel=0` keeps all but errors off the line; dmesg still has them.

    Seen failing: without it "memory:" lines come.
    """
    with target.boot(append="loglevel=0") as m:
        assert "cpu0: online" not in m.boot_text
        m.script()
        assert m.json("log")["level"] == "error"
        assert any("cpu0: online" in line for line in m.run("dmesg").ok().text.split("\n"))


@pytest.mark.targets(boards=["raspi4b"], configs=["refcount"])
def test_autorun(target):
    """`autorun=` runs its commands before the first prompt, in order; after them
    the prompt comes, unless one of them ends the machine.

    Seen failing: without semihosting poweroff has no exit code to give.
    """
    with target.boot(append='"autorun=echo one; run hello; echo $?"') as m:
        said = m.boot_text
        assert re.search(r"^one$.*^hello from EL0.*^0$", said, re.M | re.S)
    with target.boot(append='"autorun=mode script; mm check; poweroff 42"', boot=False) as m:
        m.wait_for(rf"\nok{EOL}rc=0{EOL}")
        assert m.wait_exit() == 42
        assert PROMPT not in m.transcript()


@pytest.mark.targets(configs=["refcount"])
def test_reboot(target):
    """`reboot` resets the machine: it boots again to its prompt.

    Seen failing: with -no-reboot QEMU ends instead.
    """
    with target.boot(semihosting=False) as m:
        m.send("reboot\r")
        assert "cpu3: online" in m.boot()
