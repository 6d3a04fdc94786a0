#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write the seeds of the fuzzers into tests/fuzz/corpus.

Each is small and valid, or nearly so: what a fuzzer would need long to find by
itself. Run from the top of the tree; needs dtc, mkfs.fat and mtools. The same
files come out each time.
"""

import os
import pathlib
import struct
import subprocess
import tempfile

CORPUS = pathlib.Path("tests/fuzz/corpus")

DTS = {
    "bus": """
        #address-cells = <2>; #size-cells = <1>;
        aliases { serial0 = "/soc/serial@7e201000"; };
        soc { #address-cells = <1>; #size-cells = <1>;
            ranges = <0x7e000000 0x0 0xfe000000 0x1800000>;
            serial@7e201000 { compatible = "arm,pl011"; status = "okay";
                reg = <0x7e201000 0x200>; phandle = <1>; }; };""",
    "deep": "a { a { a { a { b { }; }; c { }; }; }; }; d { };",
    "props": """ compatible = "a", "", "b"; empty; one = [01]; two = "x";
        n { reg = <0 1 2>; status = "disabled"; };""",
}


def elf(segments, entry):
    """A static AArch64 program: segments are (flags, vaddr, data, memsz)."""
    offset = 64 + 56 * len(segments)
    headers, body = b"", b""
    for flags, vaddr, data, memsz in segments:
        pad = (vaddr - offset) % 16
        offset += pad
        headers += struct.pack("<IIQQQQQQ", 1, flags, offset, vaddr, vaddr,
                               len(data), memsz, 16)
        body += bytes(pad) + data
        offset += len(data)
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    return ident + struct.pack("<HHIQQQIHHHHHH", 2, 183, 1, entry, 64, 0, 0,
                               64, 56, len(segments), 0, 0, 0) + headers + body


def elf32(segments, entry):
    """The same for AArch32."""
    offset = 52 + 32 * len(segments)
    headers, body = b"", b""
    for flags, vaddr, data, memsz in segments:
        pad = (vaddr - offset) % 16
        offset += pad
        headers += struct.pack("<IIIIIIII", 1, offset, vaddr, vaddr, len(data), memsz, flags, 16)
        body += bytes(pad) + data
        offset += len(data)
    ident = b"\x7fELF\x01\x01\x01" + bytes(9)
    return ident + struct.pack("<HHIIIIIHHHHHH", 2, 40, 1, entry, 52, 0, 0x05000400,
                               52, 32, len(segments), 0, 0, 0) + headers + body


def cpio(entries, trailer=True):
    """A newc archive of (name, mode, data)."""
    out = b""
    if trailer:
        entries = entries + [("TRAILER!!!", 0, b"")]
    for name, mode, data in entries:
        raw = name.encode() + b"\0"
        fields = [0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0]
        out += b"070701" + b"".join(b"%08x" % f for f in fields) + raw
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return out


def dtb(body):
    source = "/dts-v1/; /memreserve/ 0x0 0x1000; / {" + body + "};"
    return subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb"], check=True,
                          input=source.encode(), capture_output=True).stdout


def fat(kilobytes, *options, partition=False):
    """A small file system: a file, a folder, a long name; its sectors that are not zero."""
    env = os.environ | {"SOURCE_DATE_EPOCH": "1000000000", "TZ": "UTC", "LC_ALL": "C.UTF-8",
                        "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
    start = 63 if partition else 0

    def run(*command, data=b""):
        subprocess.run(command, check=True, input=data, stdout=subprocess.DEVNULL, env=env)

    with tempfile.TemporaryDirectory() as scratch:
        image = f"{scratch}/image"
        pathlib.Path(image).write_bytes(bytes(kilobytes * 1024 + start * 512))
        run("mkfs.fat", "--invariant", f"--offset={start}", "-s", "1", "-f", "1", *options, image,
            str(kilobytes))
        where = ["-i", f"{image}@@{start * 512}"]
        run("mmd", *where, "::sub")
        for name in ("A", "sub/a longer name.text"):
            run("mcopy", *where, "-", f"::{name}", data=b"data" * 200)
        content = bytearray(pathlib.Path(image).read_bytes())
    if partition:
        content[450:462] = struct.pack("<III", 0x0c, start, kilobytes * 2)
        content[510:512] = b"\x55\xaa"
    sectors = ((i, bytes(content[i * 512:i * 512 + 512])) for i in range(len(content) // 512))
    return b"".join(struct.pack("<I", i) + data for i, data in sectors if data.strip(b"\0"))


def main():
    code, data = b"\xc0\x03\x5f\xd6" * 4, b"data"
    files = {f"fdt/{name}": dtb(body) for name, body in DTS.items()}
    files |= {
        "elf/one": elf([(5, 0x400000, code, 16)], 0x400000),
        "elf/two": elf([(5, 0x400000, code, 16), (6, 0x410000, data, 0x2000)],
                       0x400004),
        "elf/unsorted": elf([(4, 0x500ff0, data, 32), (5, 0x10000, code, 16)],
                            0x10000),
        "elf/a32": elf32([(5, 0x10000, code, 16), (6, 0x20000, data, 0x2000)], 0x10004),
        "elf/t32": elf32([(4, 0xfffe0ff0, data, 32), (5, 0x10000, code, 16)], 0x10003),
        "cpio/some": cpio([(".", 0o40755, b""), ("./hello", 0o100755, b"hi"),
                           ("bin/x", 0o100644, b"12345678")]),
        "cpio/open": cpio([("a", 0o100644, b"x")], trailer=False),
        "words/commands": b"mm show 3; run spin & ps | grep -v idle;",
        "words/quotes": b"a 'b c' \"d \\\" $?\" e\\ f $?",
        "words/cmdline": b"console=tty nosmp autorun=\"mm cpus; ps\" a=1 a=2",
        "words/mistakes": b"a | | b ;; 'open",
        "words/number": b"0xffffffffffffffff",
        "fat/fat16": fat(2304, "-F", "16", "-r", "16"),
        "fat/fat32": fat(33800, "-F", "32", "-R", "8", "-b", "2"),
        "fat/partition": fat(2304, "-F", "16", "-r", "16", partition=True),
    }
    for name, content in files.items():
        path = CORPUS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
