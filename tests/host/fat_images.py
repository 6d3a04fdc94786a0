#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
fat_images.py FOLDER: file systems for the FAT reader's tests, made by mkfs.fat and mtools.

NAME.img is the file system, NAME/ what mtools reads from it. fat16 is a whole card,
fat32 a partition of one.
"""
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys

SECTOR = 512
START = 2048  # sectors before the partition of fat32
ENV = os.environ | {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}


def run(*command, text=None):
    done = subprocess.run([*map(str, command)], env=ENV, input=text, text=True,
                          capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {done.stdout}{done.stderr}")
    return done.stdout


class Image:
    def __init__(self, path, offset):
        self.path, self.where = path, ["-i", f"{path}@@{offset}"]

    def folder(self, name):
        run("mmd", *self.where, f"::{name}")

    def write(self, name, data):
        scratch = self.path.with_suffix(".scratch")
        scratch.write_bytes(data)
        run("mcopy", "-o", *self.where, scratch, f"::{name}")
        scratch.unlink()

    def free(self):
        text = run("mdir", *self.where, "::/")
        return int(re.search(r"([\d ]+) bytes free", text)[1].replace(" ", ""))

    def remove(self, *names):
        run("mdel", *self.where, *(f"::{name}" for name in names))


def fill(image, cluster):
    noise = random.Random(1)
    image.folder("sub")
    for size in (0, 1, SECTOR - 1, SECTOR, SECTOR + 1, cluster - 1, cluster, cluster + 1,
                 20 * cluster + 7):
        image.write(f"sub/{size}.bin", noise.randbytes(size))
    image.write("README.TXT", b"short name\n")
    image.write("lower.txt", b"a short name in lower case\n")
    image.write("A rather long name, with blanks.text", b"long name\n")
    image.write("ends-with-13x", b"a name that fills its piece\n")
    image.write("Größe 日本.txt", "not ASCII\n".encode())
    # 255 is the longest name; mtools adds no more than a cluster to a folder.
    image.write("n" * min(255, (cluster // 32 - 1) * 13), b"a very long name\n")
    image.folder("Deep folder")
    image.folder("Deep folder/deeper")
    image.folder("Deep folder/deeper/deepest one")
    image.write("Deep folder/deeper/deepest one/file", b"found\n")
    # A folder of many clusters, some of its entries free.
    image.folder("many")
    for i in range(60):
        image.write(f"many/the file number {i}", b"%d\n" % i)
    image.remove(*(f"many/the file number {i}" for i in range(0, 60, 3)))
    # In pieces: written where every other of these was, for nothing else is free.
    image.folder("holes")
    for i in range(80):
        image.write(f"holes/{i}", noise.randbytes(cluster))
    image.write("filler", b"")
    image.write("filler", bytes(image.free()))
    image.remove(*(f"holes/{i}" for i in range(0, 80, 2)))
    image.write("pieces", noise.randbytes(39 * cluster + 100))
    image.remove("filler")


def make(folder, name, offset, kilobytes, *options, cluster):
    path = folder / f"{name}.img"
    with path.open("wb") as file:
        file.truncate(offset + kilobytes * 1024)
    if offset:
        run("sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", path,
            text=f"label: dos\nstart={offset // SECTOR}, type=c\n")
    run("mkfs.fat", "--invariant", "-n", "TEST", "-s", cluster // SECTOR, *options,
        f"--offset={offset // SECTOR}", path, kilobytes)
    image = Image(path, offset)
    fill(image, cluster)
    (folder / name).mkdir()
    run("mcopy", "-s", "-n", *image.where, "::/*", folder / name)


def main(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    make(folder, "fat16", 0, 6 * 1024, "-F", 16, cluster=1024)
    make(folder, "fat32", START * SECTOR, 34 * 1024, "-F", 32, cluster=512)


main(pathlib.Path(sys.argv[1]))
