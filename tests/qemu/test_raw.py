# SPDX-License-Identifier: MIT
"""The terminal in the hands of a program: bytes as they are typed, and back to lines."""
import pytest
from lodger import AT_PROMPT, EOL

pytestmark = pytest.mark.targets(pairs=[("raspi4b", "refcount"), ("raspi3b", "shootdown")])


def start(terminal, command):
    terminal.send(command + "\r")
    terminal.wait_for(r"keys: q ends" + EOL)


def reads(terminal, keys, expected):
    """The bytes that `keys` come as, however many a read finds there already."""
    terminal.send(keys)
    got = []
    while len(got) < len(expected):
        got += terminal.wait_for(r"keys: [1-9]\d*:((?: [0-9a-f]{2})+)" + EOL).group(1).split()
    assert got == [f"{byte:02x}" for byte in expected]


def lines_again(terminal):
    """At the prompt, and what reads next gets lines: edited, echoed, ended by Ctrl-C."""
    terminal.wait_for(AT_PROMPT)
    terminal.send("run cat\r")
    terminal.wait_for(EOL)
    terminal.send("abd\x7fc\r")
    terminal.wait_for(r"\nabc" + EOL)
    terminal.send("\x03")
    terminal.wait_for(AT_PROMPT)


def test_bytes(terminal):
    """No editing, no echo, Return and Ctrl-C as they are.

    Seen failing: with tty_read_line() in place of tty_read_raw(); without
    tty_process_ended() and the line in tty_edit_begin().
    """
    start(terminal, "run keys")
    for keys, expected in (("a", b"a"), ("\r", b"\r"), ("\x7f\x04\x15", b"\x7f\x04\x15"),
                           ("\x1b[A", b"\x1b[A"), ("\x03", b"\x03"), ("\x03", b"\x03"),
                           ("\x03", b"\x03")):
        reads(terminal, keys, expected)
    terminal.send("q")
    terminal.wait_for(r"keys: 1: 71" + EOL)
    lines_again(terminal)


def test_ends(terminal):
    """Killed or not, the terminal is the shell's again: by Ctrl-C where the program wants
    that, by three of them where it does not read, by its own end.

    Seen failing: with a third Ctrl-C that is a byte, too.
    """
    start(terminal, "run keys -c")
    terminal.send("\x03")
    lines_again(terminal)
    start(terminal, "run keys -n")
    terminal.send("\x03\x03\x03")
    lines_again(terminal)
    start(terminal, "run keys -t 2")
    terminal.wait_for(r"keys: 0:" + EOL)
    lines_again(terminal)


def test_whose(shell):
    """Only who is in the foreground may; a read without input returns at once if told to.

    Seen failing: without `foreground()` in tty_set_mode().
    """
    # While the shell sleeps it does not edit, which would be reason enough.
    shell.send("run keys & sleep 0.5\r")
    shell.wait_for(r"keys: not in the foreground" + EOL)
    shell.wait_for("rc=0" + EOL)
    assert shell.run("run keys -t 0").ok().out[1:] == ["keys: 0:"]
    assert shell.run("run keys -x").rc == 2
