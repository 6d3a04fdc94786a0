# SPDX-License-Identifier: MIT
"""
A Lodger at the other end of a serial line: boot it in QEMU, type, read.

    with Machine(build, "raspi4b") as m:
        m.script()                          # `mode script`
        assert m.run("mm check").out == ["ok"]
        cpus = m.json("mm cpus")

Whoever writes a test here knows nothing but what comes over the line, and the
exit code that `poweroff N` hands to QEMU by semihosting. Every wait has a
deadline. QEMU is one process of ours, below timeout(1); nothing else is ended.

Card is the same for a machine that boots from an SD card.

Two ways to talk:

  script        no echo, each command ends with rc=<n>: run(), json(), csv()
  interactive   keys as a person types them: type(), then wait_for()

The line is a pty whose far end QEMU makes raw: a line may end in any number of
carriage returns before its newline, hence EOL. QEMU's own escape character is
Ctrl-A; what is sent doubles it.
"""
import concurrent.futures
import csv
import functools
import io
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import threading
import time

import pexpect

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROMPT = "lodger> "
EOL = r"\r*\n"
AT_PROMPT = r"(?:^|[\r\n])" + re.escape(PROMPT)

# Deadlines in seconds. They are for what hangs, not for what is slow: this
# may be one of many QEMUs on a busy host.
BOOT_S = 30
COMMAND_S = 20
LIFE_S = 600

LOG_LINE = re.compile(r"^\[ *\d+\.\d{6}\] ")
# The last line of a panic, and what an audit that finds something logs.
PANIC = r"==== halted;[^\n]*"
DISASTER = re.compile(r"^.*(?:==== kernel panic| error: audit: ).*$", re.M)


class LodgerError(AssertionError):
    """The machine did not do what it must; the transcript is in the report."""


class Result:
    """What a command said: log lines apart from the rest."""

    def __init__(self, command, rc, text):
        lines = [line.rstrip("\r") for line in text.split("\n")]
        if lines and not lines[-1]:
            lines.pop()
        self.command, self.rc, self.text = command, rc, "\n".join(lines)
        self.log = [line for line in lines if LOG_LINE.match(line)]
        self.out = [line for line in lines if not LOG_LINE.match(line)]

    def ok(self):
        """Itself, if the command succeeded."""
        assert self.rc == 0, f"{self.command}: rc={self.rc}\n{self.text}"
        return self

    def __repr__(self):
        return f"<{self.command!r} rc={self.rc}: {self.text!r}>"


class Machine:
    """One QEMU. Leaving the `with` ends it, whatever state it is in."""

    started = []  # all of this session, for the reports of failing tests

    def __init__(self, build, board, *, append="", initrd=None, dtb=True,
                 semihosting=True, mini_uart=False, services=False, qemu=(), boot=True):
        self.name = f"{board} {pathlib.Path(build).name}"
        args = [str(ROOT / "tools/run"), "--dir", str(build), "--board", board]
        if dtb is False:
            args.append("--no-dtb")
            semihosting = False
        # What is counted and compared elsewhere is without the servers' processes. Where
        # there is no tree there is no command line, and they run.
        if dtb is not False and not services:
            append = f"{append} init=none".strip()
        args += ["--append", append] if append else []
        args += ["--initrd", str(initrd)] if initrd else []
        args += ["--mini-uart"] if mini_uart else []
        args += ["--semihosting"] if semihosting else []
        args += ["--", *qemu] if qemu else []
        self._start(args, boot)

    def _start(self, args, boot):
        known_boards()
        # In the foreground: QEMU reads from this terminal.
        self.line = pexpect.spawn(
            "timeout", ["--foreground", "-k", "5", str(LIFE_S)] + args, cwd=str(ROOT),
            encoding="utf-8", codec_errors="replace", echo=False, timeout=COMMAND_S,
            maxread=65536, dimensions=(24, 80))
        self.line.delaybeforesend = None
        self.line.ptyproc.delayafterclose = 0
        self.line.logfile_read = io.StringIO()
        self.command_line = shlex.join(args)
        self.scripting = False
        self.exit_code = None
        self._marker = 0
        Machine.started.append(self)
        if boot:
            self.boot()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- life ----

    def boot(self, timeout=BOOT_S):
        """Wait for the prompt; what was said until then."""
        self.wait_for(AT_PROMPT, timeout)
        self.boot_text = self.line.before.replace("\r", "")
        return self.boot_text

    def transcript(self, since=0):
        return self.line.logfile_read.getvalue()[since:].replace("\r", "")

    def alive(self):
        """Would it answer the next command?"""
        if self.exit_code is not None or not self.line.isalive():
            return False
        if not self.scripting:
            return True
        try:
            return self.run("echo alive").out[-1:] == ["alive"]
        except LodgerError:
            return False

    def power_off(self, code=0, timeout=COMMAND_S):
        """`poweroff code`: the exit code of QEMU."""
        self.send(f"poweroff {code}\r")
        return self.wait_exit(timeout)

    def wait_exit(self, timeout=COMMAND_S):
        try:
            self.line.expect(pexpect.EOF, timeout=timeout)
        except pexpect.TIMEOUT:
            raise LodgerError(f"QEMU did not end within {timeout} s") from None
        self.line.wait()
        self.exit_code = self.line.exitstatus
        return self.exit_code

    def close(self):
        if self.line.isalive():
            # timeout(1) hands it on to QEMU; the KILL behind it is its own.
            self.line.kill(signal.SIGTERM)
            until = time.monotonic() + 6
            while self.line.isalive() and time.monotonic() < until:
                time.sleep(0.02)
        self.line.close(force=True)
        if self.exit_code is None:
            self.exit_code = self.line.exitstatus

    # ---- bytes ----

    def wait_for(self, pattern, timeout=COMMAND_S):
        """The match of a regular expression in what comes from now on."""
        try:
            which = self.line.expect([pattern, PANIC], timeout=timeout)
        except pexpect.TIMEOUT:
            raise LodgerError(f"no {pattern!r} within {timeout} s") from None
        except pexpect.EOF:
            raise LodgerError(f"QEMU ended while waiting for {pattern!r}") from None
        if which == 1:
            raise LodgerError("the kernel panicked")
        return self.line.match

    def send(self, data):
        """Type it, all at once. From a thread: if the machine holds the line
        back while its own output waits to be read, neither may block."""
        if isinstance(data, str):
            data = data.encode()
        data = data.replace(b"\x01", b"\x01\x01")
        if len(data) < 512:
            os.write(self.line.child_fd, data)
            return None
        writer = threading.Thread(target=self._write_all, args=(data,), daemon=True)
        writer.start()
        return writer

    def _write_all(self, data):
        try:
            while data:
                data = data[os.write(self.line.child_fd, data[:1024]):]
        except OSError:
            pass  # the machine has gone, which the reader finds out as well

    def drain(self, quiet_s=0.3, timeout=COMMAND_S):
        """Read until nothing has come for a while; what came."""
        got, until = "", time.monotonic() + timeout
        while time.monotonic() < until:
            try:
                got += self.line.read_nonblocking(65536, quiet_s)
            except pexpect.TIMEOUT:
                return self._take_buffer() + got
            except pexpect.EOF:
                raise LodgerError("QEMU ended") from None
        raise LodgerError(f"still talking after {timeout} s")

    def _take_buffer(self):
        text = self.line.buffer
        self.line.buffer = ""
        return text

    # ---- as a script ----

    def script(self):
        self.send("mode script\r")
        # The echo of what was typed is the last that is echoed.
        self.wait_for(r"(?:^|\n)rc=(-?\d+)" + EOL)
        assert self.line.match.group(1) == "0"
        self.scripting = True
        return self

    def run(self, command, timeout=COMMAND_S):
        """One command in script mode."""
        self.send(command + "\r")
        match = self.wait_for(r"(?:^|\n)rc=(-?\d+)" + EOL, timeout)
        text = self.line.before
        return Result(command, int(match.group(1)), text + "\n" if text else "")

    def json(self, command, timeout=COMMAND_S):
        """The one JSON document, on one line, of a command with --json. Lines of
        a background program may stand before and behind it, never inside."""
        result = self.run(command + " --json", timeout).ok()
        documents = [line for line in result.out if line[:1] in ("{", "[") and
                     not re.match(r"\[\d+\] ", line)]
        assert len(documents) == 1, f"{command} --json is not one line: {result.out}"
        return json.loads(documents[0])

    def csv(self, command):
        """The rows of a command with --csv, the header first."""
        return list(csv.reader(self.run(command + " --csv").ok().out, strict=True))

    def check(self):
        """The audits of the kernel: `mm check` says ok, whatever programs in the
        background say meanwhile."""
        result = self.run("mm check", 60)
        assert result.rc == 0 and result.out[-1:] == ["ok"], result
        return self

    # ---- as a person ----

    def interactive(self):
        """Back to a prompt, with a terminal that answers: 80 columns, 24 rows."""
        if self.scripting:
            self.send("mode interactive\r")
            self.scripting = False
            self.wait_for(AT_PROMPT)
        self.send("\x0c")  # Ctrl-L asks for the size
        self.wait_for(r"\x1b\[6n")
        self.send("\x1b[24;80R")
        return self.prompt()

    def prompt(self, timeout=COMMAND_S):
        """Prove that there is a prompt: a new line with a new word is run."""
        self._marker += 1
        word = f"marker-{self._marker}"
        self.send(f"echo {word}\r")
        self.wait_for(rf"\n{word}{EOL}", timeout)
        self.wait_for(AT_PROMPT, timeout)
        return self

    def enter(self, keys, timeout=COMMAND_S):
        """Type keys and Return at a prompt; the lines printed by the command."""
        self._marker += 1
        word = f"end-{self._marker}"
        self.send(keys + f"\recho {word}\r")
        self.wait_for(rf"\n{word}{EOL}", timeout)
        before = self.line.before
        self.wait_for(AT_PROMPT, timeout)
        return plain_lines(before)


class Card(Machine):
    """A Machine that boots from the image of an SD card (tools/run-card)."""

    def __init__(self, image, board, *options, append="", qemu=(), boot=True):
        self.name = f"{board} {pathlib.Path(image).name}"
        args = [str(ROOT / "tools/run-card"), "--board", board, "--semihosting",
                "--append", append, *map(str, options), str(image)]
        args += ["--", *qemu] if qemu else []
        self._start(args, boot)

    def u_boot(self, command):
        """At U-Boot's prompt: type a command."""
        self.wait_for(r"U-Boot> ", BOOT_S)
        self.send(command + "\r")


@functools.cache
def known_boards():
    """Ask QEMU for its boards once; tools/run would each time."""
    text = subprocess.run([os.environ.get("QEMU", "qemu-system-aarch64"), "-M", "help"],
                          check=False, stdout=subprocess.PIPE, text=True, timeout=20).stdout
    os.environ["LODGER_QEMU_BOARDS"] = " ".join(re.findall(r"^raspi\S+", text, re.M))


def two_at_once(function, cases):
    """{case: what the function came to, or the AssertionError}, for cases that each boot
    a machine of their own: two of these together keep two processors busy."""
    def one(case):
        try:
            return function(case)
        except AssertionError as failure:
            return failure

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return dict(zip(cases, pool.map(one, cases)))


def plain_lines(text):
    """Lines as a printer would have them: without escape sequences, and of what
    was overwritten after a carriage return only the last."""
    text = re.sub(r"\x1b(?:\[[0-9;?]*[@-~]|[78=>])", "", text)
    lines = []
    for line in text.split("\n"):
        parts = [part for part in line.split("\r") if part]
        lines.append(parts[-1] if parts else "")
    return lines


def disasters(text):
    """Lines that mean the kernel found itself wrong; not what sched/mm_check_test.c
    plants to see it found."""
    text = re.sub(r"findings that are meant to be:.*?end of findings that are meant to be", "",
                  text, flags=re.S)
    return [match.group(0) for match in DISASTER.finditer(text)]


def assert_none(wrong):
    """No case went wrong; else all that did, one a line."""
    assert not wrong, "\n".join(f"{case}: {what}" for case, what in wrong.items())
