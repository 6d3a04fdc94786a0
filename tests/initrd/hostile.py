#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
hostile.py OUT_DIR      write every case to OUT_DIR/NAME.cpio, list them

Archives that nobody sane would make, to be handed over as initrd. Two kinds:

  archive  the cpio itself is wrong. `expect` says what must become of it:
             fallback   not an archive, or not from its first byte to its last:
                        the kernel says so and uses the built-in one
             usable     odd, but whole: `probe` exits 7
  elf      the archive is right and holds `probe` (exits 7) and `bad`, whose
             end `expect` gives: refused (-ENOEXEC, with a reason), nomem
             (refused, or too big for this memory, or dies of that), exit 7
             (odd, but to be run), fault (starts, then faults)

In every case the shell answers afterwards, `mm check` is ok, and no page is
lost. Tests import cases() and boot each; nothing here depends on the kernel.
"""
import os
import struct
import sys
from typing import NamedTuple

PAGE = 0x1000
BASE = 0x200000
USER_END = 0x4000000000
KERNEL = 0xFFFFFF8000000000
ALL = (1 << 64) - 1

PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_TLS = 1, 2, 3, 7
X, W, R = 1, 2, 4
ET_REL, ET_EXEC, ET_DYN = 1, 2, 3
EM_ARM, EM_X86_64, EM_AARCH64 = 40, 62, 183


class Case(NamedTuple):
    name: str
    kind: str
    expect: str
    archive: bytes


# ---- cpio, newc ----


def pad4(data):
    return data + b"\0" * (-len(data) % 4)


def entry(name, data=b"", mode=0o100755, **override):
    """One entry; override sets a header field: a number, or 8 raw bytes."""
    name = name if isinstance(name, bytes) else name.encode() + b"\0"
    fields = dict(ino=1, mode=mode, uid=0, gid=0, nlink=1, mtime=0,
                  filesize=len(data), devmajor=0, devminor=0, rdevmajor=0,
                  rdevminor=0, namesize=len(name), check=0)
    magic = override.pop("magic", b"070701")
    assert not override.keys() - fields.keys()
    fields.update(override)
    header = magic + b"".join(
        value if isinstance(value, bytes) else b"%08X" % value
        for value in fields.values())
    return pad4(header + name) + pad4(data)


TRAILER = entry("TRAILER!!!", mode=0)

# ---- ELF, 64 bits, little endian ----


def exit_code(status):
    """mov x0, #status; mov x8, #1 (SYS_exit); svc #0; b ."""
    return struct.pack("<4I", 0xD2800000 | status << 5, 0xD2800028,
                       0xD4000001, 0x14000000)


CODE = exit_code(7)


class Segment(NamedTuple):
    type: int = PT_LOAD
    flags: int = R | X
    offset: int = PAGE
    vaddr: int = BASE
    filesz: int = len(CODE)
    memsz: int = len(CODE)
    align: int = PAGE


def elf(*segments, code=CODE, **override):
    """A program of these segments; `code` lies at offset PAGE of the file."""
    fields = dict(ident=b"\x7fELF\x02\x01\x01" + bytes(9), type=ET_EXEC,
                  machine=EM_AARCH64, version=1, entry=BASE, phoff=64,
                  shoff=0, flags=0, ehsize=64, phentsize=56,
                  phnum=len(segments), shentsize=0, shnum=0, shstrndx=0)
    assert not override.keys() - fields.keys()
    fields.update(override)
    header = struct.pack("<16sHHIQQQIHHHHHH", *fields.values())
    table = b"".join(
        struct.pack("<IIQQQQQQ", s.type, s.flags, s.offset, s.vaddr, s.vaddr,
                    s.filesz, s.memsz, s.align) for s in segments)
    return (header + table).ljust(PAGE, b"\0") + code


TEXT = Segment()
PROBE = elf(TEXT)


def data_at(vaddr, **kw):
    return Segment(flags=R | W, vaddr=vaddr, **kw)


# ---- the cases ----


def archive_cases():
    probe = entry("probe", PROBE)

    def case(name, expect, archive):
        return Case(name, "archive", expect, archive)

    yield case("zeros", "fallback", bytes(PAGE))
    yield case("one-byte", "fallback", b"0")
    yield case("text", "fallback", b"this is not an archive\n" * 100)
    yield case("gzip", "fallback", b"\x1f\x8b\x08\0" + bytes(500))
    yield case("old-magic", "fallback", entry("probe", PROBE, magic=b"070707"))
    yield case("crc-magic", "fallback", entry("probe", PROBE, magic=b"070702"))
    yield case("short-header", "fallback", probe[:60])
    yield case("short-name", "fallback", probe[:112])
    yield case("short-data", "fallback", probe[:len(probe) // 2])

    yield case("no-trailer", "usable", probe)
    yield case("after-trailer", "usable", probe + TRAILER + b"\xff" * 5000)
    yield case("cut-in-second", "fallback", probe + probe[:100])
    yield case("bad-second-magic", "fallback", probe + b"garbage" * 50)
    for field, values in {
            "namesize": (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF),
            "filesize": (0x7FFFFFFF, 0x80000000, 0xFFFFFFFC, 0xFFFFFFFF),
    }.items():
        for value in values:
            yield case(f"{field}-{value:x}", "fallback",
                       probe + entry("next", b"data", **{field: value}))
    for name, raw in (("space", b"      10"), ("minus", b"-0000010"),
                      ("0x", b"0x000010"), ("nul", bytes(8)),
                      ("high", b"\xff" * 8)):
        yield case(f"digits-{name}", "fallback",
                   probe + entry("next", bytes(16), filesize=raw))
    yield case("name-without-nul", "fallback", probe + entry(b"abcd", b"data"))
    yield case("name-empty", "usable", entry("", b"data") + probe + TRAILER)
    yield case("name-long", "usable",
               entry("n" * 60000, b"data") + probe + TRAILER)
    yield case("name-escapes", "usable",
               entry("\x1b[2J\x1b]0;mine\x07\r\n\x08rm", b"") + probe + TRAILER)
    yield case("name-not-utf8", "usable",
               entry(b"\xc3\x28\xff\xfe\x9b2J\0", b"") + probe + TRAILER)
    yield case("name-with-nul", "fallback",
               probe + entry(b"pro\0be\0", b"") + TRAILER)
    yield case("name-parents", "usable",
               entry("../../probe", b"no") + entry("/", b"no") +
               entry("./probe", PROBE) + TRAILER)
    yield case("twice", "usable", probe + entry("probe", b"later") + TRAILER)
    yield case("not-files-first", "usable",
               entry("probe", mode=0o040755) +
               entry("probe", b"elsewhere", mode=0o120777) +
               entry("probe", mode=0o020600) + probe + TRAILER)
    yield case("many", "usable",
               b"".join(entry(f"f{i}", b"x") for i in range(20000)) + probe +
               TRAILER)


def elf_cases():
    rw = data_at(BASE + PAGE)

    def case(name, expect, image):
        archive = entry("probe", PROBE) + entry("bad", image) + TRAILER
        return Case(name, "elf", expect, archive)

    # Controls: the builder can make programs that run.
    yield case("elf-good", "exit 7", PROBE)
    yield case("elf-good-bss", "exit 7",
               elf(TEXT, rw._replace(filesz=0, memsz=0x100000)))
    yield case("elf-good-unaligned", "exit 7",
               elf(Segment(vaddr=BASE + 0x230, align=16),
                   entry=BASE + 0x230))

    # The file is no program.
    yield case("elf-empty", "refused", b"")
    yield case("elf-text", "refused", b"#!/bin/sh\n")
    for size in (1, 4, 16, 63, 64, 65, 119):
        yield case(f"elf-cut-{size}", "refused", PROBE[:size])
    yield case("elf-cut-in-code", "refused", PROBE[:-1])
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    for name, at, value in (("magic", 1, ord("F")), ("class32", 4, 1),
                            ("class0", 4, 0), ("big-endian", 5, 2),
                            ("ident-version", 6, 9)):
        yield case(f"elf-{name}", "refused",
                   elf(TEXT, ident=ident[:at] + bytes([value]) +
                       ident[at + 1:]))
    for name, override in {
            "arm32": dict(machine=EM_ARM), "x86": dict(machine=EM_X86_64),
            "relocatable": dict(type=ET_REL), "shared": dict(type=ET_DYN),
            "core": dict(type=4), "type0": dict(type=0),
            "version0": dict(version=0)}.items():
        yield case(f"elf-{name}", "refused", elf(TEXT, **override))

    # The table of program headers.
    for name, override in {
            "phnum0": dict(phnum=0), "phnum-max": dict(phnum=0xFFFF),
            "phentsize0": dict(phentsize=0), "phentsize55": dict(phentsize=55),
            "phentsize-max": dict(phentsize=0xFFFF),
            "phoff-end": dict(phoff=PAGE + len(CODE)),
            "phoff-far": dict(phoff=1 << 40),
            "phoff-wraps": dict(phoff=ALL - 55),
            "phoff-max": dict(phoff=ALL)}.items():
        yield case(f"elf-{name}", "refused", elf(TEXT, **override))
    yield case("elf-no-load", "refused", elf(TEXT._replace(type=PT_TLS)))
    yield case("elf-many-segments", "refused",
               elf(TEXT, *(data_at(BASE + i * PAGE) for i in range(1, 40))))

    # The entry point.
    for name, entry_ in (("zero", 0), ("before", BASE - 4),
                         ("after", BASE + 4 * PAGE), ("kernel", KERNEL),
                         ("top", ALL - 3), ("data", BASE + PAGE)):
        yield case(f"elf-entry-{name}", "refused", elf(TEXT, rw, entry=entry_))
    yield case("elf-entry-odd", "refused", elf(TEXT, entry=BASE + 2))

    # One segment at fault.
    for name, change in {
            "offset-end": dict(offset=PAGE + 4),
            "offset-far": dict(offset=1 << 40),
            "offset-wraps": dict(offset=ALL - 7),
            "filesz-far": dict(filesz=1 << 40, memsz=1 << 40),
            "filesz-max": dict(filesz=ALL, memsz=ALL),
            "filesz-over-memsz": dict(memsz=len(CODE) - 4),
            "rwx": dict(flags=R | W | X), "wx": dict(flags=W | X),
            "vaddr-zero": dict(vaddr=0), "vaddr-low": dict(vaddr=PAGE),
            "vaddr-end": dict(vaddr=USER_END),
            "vaddr-across-end": dict(vaddr=USER_END - PAGE,
                                     memsz=2 * PAGE),
            "vaddr-above": dict(vaddr=1 << 40),
            "vaddr-kernel": dict(vaddr=KERNEL),
            "vaddr-top": dict(vaddr=-PAGE & ALL),
            "vaddr-wraps": dict(vaddr=-PAGE & ALL, memsz=2 * PAGE),
            "memsz-wraps": dict(memsz=ALL - BASE + 2),
            "memsz-max": dict(memsz=ALL),
    }.items():
        segment = TEXT._replace(**change)
        yield case(f"elf-{name}", "refused",
                   elf(segment, entry=segment.vaddr & ALL))
        if segment.vaddr == BASE and "w" not in name:
            # The same beside a good segment: nothing may be left behind.
            yield case(f"elf-second-{name}", "refused",
                       elf(TEXT, segment._replace(vaddr=BASE + 16 * PAGE)))

    # Segments that do not go together.
    yield case("elf-overlap-same", "refused", elf(TEXT, data_at(BASE)))
    yield case("elf-overlap-page", "refused", elf(TEXT, data_at(BASE + 0x800)))
    yield case("elf-overlap-end", "refused",
               elf(TEXT._replace(memsz=0x1800), rw))
    yield case("elf-overlap-inside", "refused",
               elf(TEXT._replace(memsz=16 * PAGE), data_at(BASE + 4 * PAGE)))

    # More than there is, or more than anybody needs.
    for name, size in (("1g", 1 << 30), ("64g", 1 << 36),
                       ("most", USER_END - 0x100000000)):
        yield case(f"elf-bss-{name}", "exit 7 or nomem",
                   elf(TEXT, rw._replace(filesz=0, memsz=size)))
    yield case("elf-stack-place", "refused",
               elf(TEXT, data_at(USER_END - 0x200000, filesz=0,
                                 memsz=0x200000)))

    # It asks for what there is not.
    yield case("elf-interpreter", "refused",
               elf(TEXT, Segment(type=PT_INTERP)))
    yield case("elf-dynamic", "refused", elf(TEXT, Segment(type=PT_DYNAMIC)))

    # It runs, and then.
    yield case("elf-undefined", "fault", elf(TEXT, code=bytes(len(CODE))))
    yield case("elf-runs-off", "fault",
               elf(TEXT._replace(filesz=16, memsz=16),
                   code=struct.pack("<4I", *[0xD503201F] * 4)))


def cases():
    """All of them, each name once."""
    return list(archive_cases()) + list(elf_cases())


def main(argv):
    if len(argv) != 2 or argv[1].startswith("-"):
        sys.exit(__doc__.strip())
    os.makedirs(argv[1], exist_ok=True)
    for case in cases():
        with open(os.path.join(argv[1], case.name + ".cpio"), "wb") as out:
            out.write(case.archive)
        print(f"{case.name:28} {case.kind:8} {case.expect}")


if __name__ == "__main__":
    main(sys.argv)
