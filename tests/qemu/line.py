# SPDX-License-Identifier: MIT
"""
A bad serial line: a pty at one end, for tools/flash, and the socket of a QEMU at the
other. Bytes that pass are lost, changed, doubled or joined by others, both ways, by a
seed; or none is. What the machine says is kept. An adapter may be too slow for a rate.
"""
import os
import random
import select
import socket
import termios
import threading
import tty


class BadLine:
    def __init__(self, path, rate=0.0, seed=0, dead_at=None):
        """One byte in 1/rate does not pass as it is. `path`: QEMU's socket, in time.
        `dead_at`: nothing passes while the pty is set to this of termios's B rates."""
        self.rate, self.random, self.dead_at = rate, random.Random(seed), dead_at
        self.path, self.harmed, self.passed = path, 0, 0
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.port = os.ttyname(slave)
        self.slave = slave  # kept: it is no hang-up when a program closes it
        self.said = b""
        self.wake, self.stop = os.pipe()
        self.socket = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def connect(self):
        """False: QEMU is not there yet."""
        self.socket = socket.socket(socket.AF_UNIX)
        if self.socket.connect_ex(str(self.path)):
            self.socket.close()
            return False
        self.thread.start()
        return True

    def close(self):
        os.close(self.stop)
        if self.thread.ident:
            self.thread.join()
        for fd in (self.master, self.slave, self.wake):
            os.close(fd)
        if self.socket:
            self.socket.close()

    def _run(self):
        while True:
            ready = select.select([self.master, self.socket, self.wake], [], [])[0]
            if self.wake in ready:
                return
            if self.master in ready:
                self._send(self.socket.sendall, self._through(os.read(self.master, 512)))
            if self.socket in ready:
                data = self.socket.recv(512)
                if not data:
                    return
                self.said += data
                self._send(lambda out: os.write(self.master, out), self._through(data))

    @staticmethod
    def _send(write, data):
        if data:
            write(data)

    def _through(self, data):
        if self.dead_at and termios.tcgetattr(self.slave)[5] == self.dead_at:
            return b""
        self.passed += len(data)
        if not self.rate:
            return data
        out = bytearray()
        for byte in data:
            if self.random.random() >= self.rate:
                out.append(byte)
                continue
            self.harmed += 1
            out += self.random.choice((
                b"", bytes([byte ^ 1 << self.random.randrange(8)]), bytes([byte, byte]),
                bytes([self.random.randrange(256), byte])))
        return bytes(out)
