# SPDX-License-Identifier: MIT
"""
What a person sees on the display: QEMU's picture of it, read back as text.

    picture = Monitor(socket).screendump(file)
    picture.lines()        # as many as there are rows; unknown letters are '\\ufffd'

The letters are those of drivers/font.c, found by their dots.
"""
import json
import re
import socket

from lodger import ROOT

WIDTH, HEIGHT, DOT = 1024, 768, 2
CELL_COLS, CELL_ROWS, FONT_COLS, FONT_ROWS = 6, 9, 5, 8
CELL_W, CELL_H = CELL_COLS * DOT, CELL_ROWS * DOT
COLS, ROWS = WIDTH // CELL_W, HEIGHT // CELL_H
LEFT, TOP = (WIDTH - COLS * CELL_W) // 2, (HEIGHT - ROWS * CELL_H) // 2
UNKNOWN = "\ufffd"


def letters():
    """Dots of a cell, row by row, '1' for ink: the character."""
    found = {}
    source = (ROOT / "drivers/font.c").read_text()
    for name, dots in re.findall(r"\['\\?(.)' - FONT_FIRST\] = 0x([0-9a-f]{16})", source):
        rows = [f"{byte:0{FONT_COLS}b}" + "0" for byte in bytes.fromhex(dots)]
        found["".join(rows) + "0" * CELL_COLS] = name
    assert len(found) == 95, "two letters look the same, or one is missing"
    return found


class Picture:
    """A PPM of the display."""

    def __init__(self, file):
        data = file.read_bytes()
        kind, width, height, most, self.pixels = re.match(
            rb"(P6)\s+(\d+)\s+(\d+)\s+(\d+)\s(.*)", data, re.S).groups()
        assert (kind, int(width), int(height), int(most)) == (b"P6", WIDTH, HEIGHT, 255)
        self.letters = letters()

    def pixel(self, x, y):
        at = (y * WIDTH + x) * 3
        return tuple(self.pixels[at:at + 3])

    def cell(self, row, col):
        """Character and colour of its ink."""
        dots = [self.pixel(LEFT + col * CELL_W + x * DOT, TOP + row * CELL_H + y * DOT)
                for y in range(CELL_ROWS) for x in range(CELL_COLS)]
        paper = dots[-1]  # the lowest right dot never has ink
        ink = next((dot for dot in dots if dot != paper), paper)
        bits = "".join("1" if dot != paper else "0" for dot in dots)
        return self.letters.get(bits, UNKNOWN), ink

    def line(self, row):
        return "".join(self.cell(row, col)[0] for col in range(COLS)).rstrip()

    def lines(self):
        return [self.line(row) for row in range(ROWS)]


class Monitor:
    """QEMU's own monitor (QMP), on a unix socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(str(path))
        self.file = self.socket.makefile("rw")
        self.file.readline()
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline())
            assert "error" not in answer, answer
            if "return" in answer:
                return answer["return"]

    def screendump(self, file):
        self.ask("screendump", filename=str(file))
        return Picture(file)
