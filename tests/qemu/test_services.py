# SPDX-License-Identifier: MIT
"""Servers: what init starts, what it starts again, and the card's files behind two of them."""
import os
import random
import re
import socket
import subprocess
import time
import zlib

import pytest

from lodger import ROOT

pytestmark = pytest.mark.targets(configs=["refcount"])
STARTED_S = 10


def services(shell):
    return {s["name"]: s for s in shell.json("svc")}


def until(shell, condition, seconds=STARTED_S):
    """What `svc` says, once it is so."""
    end = time.monotonic() + seconds
    while not condition(now := services(shell)):
        assert time.monotonic() < end, now
        time.sleep(0.05)
    return now


def all_run(now):
    return all(s["state"] in ("runs", "no device") for s in now.values())


@pytest.fixture(scope="module")
def card(tmp_path_factory, target):
    """A card with a FAT file system, and what is on it."""
    folder = tmp_path_factory.mktemp("card")
    image = folder / "card.img"
    files = {"hello.txt": b"hello from the card\n",
             "zeros": bytes(70000),
             "pages": random.Random(2).randbytes(3 * 4096),
             "bin/hello": subprocess.run(
                 ["cpio", "-i", "--quiet", "--to-stdout", "hello"], check=True,
                 stdin=(target.build / "initramfs.cpio").open("rb"),
                 stdout=subprocess.PIPE).stdout,
             "bin/big": random.Random(1).randbytes(300000)}
    image.write_bytes(b"")
    image.open("r+b").truncate(64 << 20)
    run = {"check": True, "capture_output": True}
    subprocess.run(["sfdisk", "-q", str(image)], input=b"start=2048,type=c", **run)
    at = f"{image}@@1M"
    subprocess.run(["mformat", "-i", at, "-F", "::"], **run)
    subprocess.run(["mmd", "-i", at, "::/bin"], **run)
    for name, data in files.items():
        path = folder / name.replace("/", "_")
        path.write_bytes(data)
        subprocess.run(["mcopy", "-i", at, str(path), f"::/{name}"], **run)
    return image, files


def with_card(target, image, **options):
    m = target.boot(services=True, qemu=["-drive", f"if=sd,format=raw,file={image}"], **options)
    m.script()
    return m


def test_init_starts_what_the_manifest_lists(target):
    with target.boot(services=True) as m:
        m.script()
        now = until(m, all_run)
        assert list(now) == ["names", "sd", "card", "led"]
        assert all(s["restarts"] == 0 for s in now.values())
        # Each has its endpoint and what the manifest lists, and nothing else.
        given = {}
        for h in m.json("handles"):
            given.setdefault(h["name"], []).append(h["type"])
        assert given["names"][:2] == ["process", "endpoint"]
        assert given["card"][:3] == ["process", "endpoint", "endpoint"]
        for name in now:
            assert "terminal" not in given.get(name, [])
        if target.board == "raspi4b":
            assert now["led"]["state"] == "runs"
            m.run("run led on").ok()
            assert m.run("run led").ok().out == ["on"]
            m.run("run led off").ok()
            assert m.run("run led").ok().out == ["off"]
        else:
            assert now["led"]["state"] == "no device"
            assert m.run("run led").rc != 0


BAD_MANIFEST = b"""memory 4
service
service names names
	memory 4 # enough
	nonsense
	device
service names echo
service broken nosuch
service odd motd
	uses later
service aver%sylongname names
service tiny names
	memory 0
""" % (b"y" * 20)


def test_a_manifest_that_is_wrong(target, tmp_path):
    """Each line that makes no sense is named; the rest counts."""
    with (target.build / "initramfs.cpio").open("rb") as archive:
        subprocess.run(["cpio", "-idm", "--quiet"], stdin=archive, cwd=tmp_path, check=True)
    (tmp_path / "services").write_bytes(BAD_MANIFEST)
    names = [p.name for p in tmp_path.iterdir()]
    own = tmp_path / "own.cpio"
    subprocess.run([str(ROOT / "tools/mkcpio"), str(own),
                    *(f"{name}={tmp_path / name}" for name in names)], check=True)
    with target.boot(services=True, initrd=own) as m:
        m.script()
        now = until(m, lambda s: len(s) == 4 and "restarts" not in
                    [s[n]["state"] for n in ("names", "broken")])
        assert now["names"]["state"] == "runs"
        assert now["broken"]["state"] == now["odd"]["state"] == "failed"
        said = re.findall(r"init: .*", m.transcript())
        for wanted in ("services:1: memory: belongs to no service",
                       "services:2: service: wants a name and a program",
                       "services:5: nonsense: not understood",
                       "services:6: device: not understood",
                       "services:7: names: there is one of that name",
                       "services:10: later: no such service above",
                       "services:11: averyyyyyyyyyyyyyyyyyyyyylongname: too long a name",
                       "services:13: memory: not understood",
                       "broken: nosuch: not a program that can be run here",
                       "odd: motd: not a program that can be run here"):
            assert "init: " + wanted in said, (wanted, said)
        m.run("mm check").ok()


def test_what_ends_is_started_again(target):
    with target.boot(services=True) as m:
        m.script()
        before = until(m, all_run)
        m.run("svc restart names").ok()
        now = until(m, lambda s: all_run(s) and s["names"]["restarts"] == 1)
        assert now["names"]["last_end"] == "killed"
        assert now["sd"]["pid"] == before["sd"]["pid"]
        m.run(f"kill {now['card']['pid']}").ok()
        until(m, lambda s: all_run(s) and s["card"]["restarts"] == 1)
        # Nobody but init's own servers is meant by names.
        assert "no service" in m.run("svc restart shell").text
        assert m.run("svc stop names").rc != 0
        assert "no card service" not in m.run("run card ls").text
        m.run("mm check").ok()


def test_without_init(target):
    with target.boot() as m:
        m.script()
        assert "init does not run" in m.run("svc").text
        assert "no card service: the other side is gone" in m.run("run card ls").text


def test_files_of_the_card(target, card):
    image, files = card
    with with_card(target, image) as m:
        until(m, all_run)
        listed = m.run("run card ls bin").ok().out
        assert [line.split() for line in listed] == \
            [[str(len(files["bin/hello"])), "hello"], [str(len(files["bin/big"])), "big"]]
        assert m.run("run card cat hello.txt").ok().out == ["hello from the card"]
        for name, data in files.items():
            assert m.run(f"run card crc {name}").ok().out == \
                [f"{zlib.crc32(data):08x} {len(data)} {name}"]
        assert "no such file" in m.run("run card cat nosuch").text
        assert m.run("run card cat bin").rc != 0
        m.run("mm check").ok()


def test_programs_of_the_card(target, card):
    image, _ = card
    with with_card(target, image) as m:
        until(m, all_run)
        said = m.run("run card run bin/hello a b").ok().out
        assert said[0].startswith("hello from EL0") and '"b"' in said[-1]
        assert "not a program" in m.run("run card run hello.txt").text
        assert "not a program" in m.run("run card run zeros").text


@pytest.mark.parametrize("service", ["card", "sd", "names"])
def test_files_after_a_restart(target, card, service):
    """Whichever of them is a new one: what the others know of the old one does no harm."""
    image, files = card
    data = files["bin/big"]
    said = [f"{zlib.crc32(data):08x} {len(data)} bin/big"]
    with with_card(target, image) as m:
        until(m, all_run)
        assert m.run("run card crc bin/big").ok().out == said
        m.run(f"svc restart {service}").ok()
        until(m, lambda s: all_run(s) and s[service]["restarts"] == 1)
        assert m.run("run card crc bin/big").ok().out == said


def test_no_card(target):
    with target.boot(services=True) as m:
        m.script()
        until(m, all_run)
        assert "no such device" in m.run("run card ls").text
        assert all_run(services(m))


def test_the_card_is_as_it_was(target, card, tmp_path):
    """The emulator is killed while the card is read; it is never written."""
    image, files = card
    copy = tmp_path / "card.img"
    copy.write_bytes(image.read_bytes())
    rng = random.Random(3)
    for _ in range(int(os.environ.get("CARD_KILLS", "4"))):
        with with_card(target, copy) as m:
            until(m, all_run)
            for _ in range(3):
                m.run("run card crc bin/big &").ok()
            time.sleep(rng.random() / 5)
    assert copy.read_bytes() == image.read_bytes()


class Slot:
    """The machine's card slot: QEMU's monitor at a socket."""

    def __init__(self, folder):
        self.path = folder / "monitor"
        self.qemu = ["-monitor", f"unix:{self.path},server,nowait"]

    def __call__(self, command):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            s.connect(str(self.path))
            said = b""
            while b"(qemu) " not in said:
                said += s.recv(4096)
            s.sendall(command.encode() + b"\n")
            said = b""
            while b"(qemu) " not in said:
                said += s.recv(4096)


def test_the_card_is_pulled(target, card, tmp_path):
    """While it is read, and put back: errors in time, and the servers are still there."""
    image, files = card
    slot = Slot(tmp_path)
    with target.boot(services=True, qemu=["-drive", f"if=sd,format=raw,file={image}",
                                          *slot.qemu]) as m:
        m.script()
        until(m, all_run)
        good = f"{zlib.crc32(files['bin/big']):08x} {len(files['bin/big'])} bin/big"
        for delay in (0, 0.01, 0.05):
            m.run("run card crc bin/big &").ok()
            time.sleep(delay)
            slot("eject -f sd0")
            begin = time.monotonic()
            assert m.run("run card ls", timeout=60).rc != 0
            assert time.monotonic() - begin < 40
            slot(f"change sd0 {image} raw")
            end = time.monotonic() + 40
            while m.run("run card crc bin/big", timeout=60).out[-1:] != [good]:
                assert time.monotonic() < end
        assert all(s["restarts"] == 0 for s in until(m, all_run).values())
        m.run("mm check").ok()


KILLING_S = int(os.environ.get("KILLING_S", "20"))


def test_killed_at_random(target, card):
    """Servers and clients are killed in the middle of calls: nothing is lost."""
    image, files = card
    rng = random.Random(11)
    with with_card(target, image) as m:
        first = until(m, all_run)
        m.run("run card crc bin/big").ok()
        before = {o["type"]: o["now"] for o in m.json("objects")}
        killed = 0
        end = time.monotonic() + KILLING_S
        while time.monotonic() < end:
            for _ in range(3):
                m.run(f"run card {rng.choice(['crc bin/big', 'ls', 'run bin/hello'])} &")
            victims = [s["pid"] for s in services(m).values() if s["pid"]]
            victims += [p["pid"] for p in m.json("ps") if p["name"] == "card"]
            pid = rng.choice(victims)
            killed += m.run(f"kill {pid}").rc == 0
        assert killed > 10
        m.run("kill card")
        now = until(m, all_run, 30)
        assert sum(s["restarts"] for s in now.values()) >= 3, now
        # All are there again, and work; what the dead had has come back.
        data = files["bin/big"]
        assert m.run("run card crc bin/big", timeout=60).ok().out == \
            [f"{zlib.crc32(data):08x} {len(data)} bin/big"]
        end = time.monotonic() + STARTED_S
        while (after := {o["type"]: o["now"] for o in m.json("objects")}) != before:
            assert time.monotonic() < end, (before, after)
            time.sleep(0.2)
        m.run("mm check").ok()
        assert [s for s in now if s not in first] == []
