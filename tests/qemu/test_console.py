# SPDX-License-Identifier: MIT
"""Where the console is: the display, the mini-UART, or what was not meant."""
import re
import shutil
import subprocess
import time

import pytest

from lodger import LOG_LINE
from screen import COLS, UNKNOWN, Monitor

MINI_UART = {"raspi4b": "serial1", "raspi3b": "/soc/serial@7e215040"}
GREEN_OK, WHITE = (0x86, 0xc0, 0x6c), (0xff, 0xff, 0xff)


def with_display(target, tmp_path, **options):
    return target.boot(append="console=fb", qemu=[
        "-qmp", f"unix:{tmp_path}/qmp,server=on,wait=off"], **options)


def seen(monitor, tmp_path, wanted, seconds=10):
    """The picture in which some line matches; drawing may come after the serial line."""
    until = time.monotonic() + seconds
    while True:
        picture = monitor.screendump(tmp_path / "screen.ppm")
        lines = picture.lines()
        if any(re.search(wanted, line) for line in lines):
            return picture, lines
        assert time.monotonic() < until, f"no {wanted!r} on the display:\n" + "\n".join(lines)
        time.sleep(0.2)


@pytest.mark.targets(configs=["refcount"])
def test_the_display_shows_log_and_live_views(target, tmp_path):
    """console=fb: the log from its first line on, a shell, and `mm watch` in colours.

    Seen failing: with the log's first lines not replayed the banner is missing; with
    pixel order 1 "ok" is not green.
    """
    with with_display(target, tmp_path) as m:
        m.interactive()
        monitor = Monitor(tmp_path / "qmp")
        _, lines = seen(monitor, tmp_path, r"^marker-1$")
        assert UNKNOWN not in "".join(lines)
        said = [line for line in m.boot_text.split("\n") if LOG_LINE.match(line)]
        said = [line for line in said if len(line) <= COLS]
        assert len(said) > 10
        assert any(line.startswith("Lodger 0.") for line in lines)
        assert not set(said) - set(lines)

        m.send("mm watch\r")
        picture, lines = seen(monitor, tmp_path, r"^ +TLBI by ASID")
        assert re.match(r"strategy \w+, \d+ address spaces?", lines[0])
        assert lines[2].split()[:3] == ["CPU", "TASK", "KIND"]
        assert [line.split()[0] for line in lines[3:7]] == list("0123")
        assert picture.cell(2, 0) == ("C", WHITE)
        assert picture.cell(3, lines[3].index(" ok") + 1) == ("o", GREEN_OK)
        m.send("q")
        m.prompt()

        # More than a screen: the last lines are those that are seen, in order.
        m.send("help; help; echo the-end\r")
        _, lines = seen(monitor, tmp_path, r"^the-end$")
        end = lines.index("the-end")
        assert end > 30 and lines[end + 1].startswith("lodger>")


@pytest.mark.targets(boards=["raspi4b"], configs=["refcount"])
def test_a_panic_is_seen_on_the_display(target, tmp_path):
    """The report of a panic is on the display: there may be no serial line.

    Seen failing: with the mirror only in console_write's locked path.
    """
    with with_display(target, tmp_path, semihosting=False) as m:
        m.send("crash-kernel text --yes\r")
        _, lines = seen(Monitor(tmp_path / "qmp"), tmp_path, "^==== halted; dmesg above")
        assert any("kernel panic on CPU" in line for line in lines)


@pytest.mark.targets(configs=["refcount"])
def test_mini_uart_is_the_console(target):
    """console= names the mini-UART: QEMU's second serial line has log and shell.

    Seen failing: without console= there is no prompt on the second line.
    """
    with target.boot(append="console=" + MINI_UART[target.board], mini_uart=True) as m:
        assert "console: mini-UART at 0x" in m.boot_text
        assert "gpio: pins 14 and 15 are the mini-UART's now" in m.boot_text
        m.script()
        assert m.run("echo " + "x" * 300).ok().out == ["x" * 300]
        m.check()


@pytest.mark.targets(boards=["raspi4b"], configs=["refcount"])
@pytest.mark.parametrize("name", ["vga", "/soc/watchdog@7e100000"])
def test_unknown_console(target, name):
    """A console= that is none says what there is; stdout-path decides.

    Seen failing: with uart.c's log_unknown() left out, no such line.
    """
    with target.boot(append=f"console={name}") as m:
        assert (f"warning: console={name}: none of fb, /soc/serial@7e201000, "
                "/soc/serial@7e215040") in m.boot_text
        assert "console: PL011 at 0x" in m.boot_text


@pytest.mark.targets(boards=["raspi4b"], configs=["refcount"])
@pytest.mark.parametrize("change, said", [
    (["-r", "TREE", "/soc/mailbox@7e00b880"], "mailbox: none that I know"),
    (["-t", "x", "TREE", "/soc/mailbox@7e00b880", "reg", "7e203000", "40"],
     "mailbox: the firmware does not answer"),
], ids=["none", "dead"])
def test_no_display(target, tmp_path, change, said):
    """Without a mailbox, or with one that never answers: a line each, and the shell.

    Seen failing: when exchange() in mailbox.c took the deadline for an answer.
    """
    tree = tmp_path / "tree.dtb"
    shutil.copy(target.device_tree, tree)
    words = [str(tree) if word == "TREE" else word for word in change]
    subprocess.run(["fdtput", *words], check=True, timeout=10)
    with target.boot(dtb=False, qemu=["-dtb", str(tree), "-append", "console=fb"]) as m:
        assert said in m.boot_text
        assert "warning: console: no framebuffer (-" in m.boot_text
        assert "console: PL011 at 0x" in m.boot_text
        m.script().check()
