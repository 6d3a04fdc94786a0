# SPDX-License-Identifier: MIT
"""Servers: what init starts, what it starts again, and the card's files behind two of them."""
import json
import os
import random
import re
import socket
import subprocess
import time
import zlib

import pytest

from lodger import EOL, ROOT

pytestmark = pytest.mark.targets(configs=["refcount"])
STARTED_S = 10
# Time by instructions: what is to happen within so many ms does, whatever else runs here.
ICOUNT = ["-icount", "shift=0,sleep=off"]


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


def member(target, name):
    """A file of the archive."""
    with (target.build / "initramfs.cpio").open("rb") as archive:
        return subprocess.run(["cpio", "-i", "--quiet", "--to-stdout", name], check=True,
                              stdin=archive, stdout=subprocess.PIPE).stdout


@pytest.fixture(scope="module")
def card(tmp_path_factory, target):
    """A card with a FAT file system, and what is on it."""
    folder = tmp_path_factory.mktemp("card")
    image = folder / "card.img"
    files = {"hello.txt": b"hello from the card\n",
             "zeros": bytes(70000),
             "pages": random.Random(2).randbytes(3 * 4096),
             "bin/hello": member(target, "hello"),
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


def shown(m, what, count=1, seconds=STARTED_S):
    """So many lines are `what`, sooner or later."""
    end = time.monotonic() + seconds
    while (said := m.transcript().splitlines()).count(what) < count:
        assert time.monotonic() < end, (what, said[-50:])
        m.run("sleep 0.1")
    assert said.count(what) == count
    m.run("echo")  # what came last, between two commands, is not what the next one says


def out(m, command, **options):
    """What a program says, without the lines of the servers that it asks."""
    return [line for line in m.run(command, **options).ok().out
            if not re.match("sd: |card: ", line)]


def with_card(target, image, **options):
    m = target.boot(services=True, qemu=["-drive", f"if=sd,format=raw,file={image}"], **options)
    m.script()
    return m


def test_init_starts_what_the_manifest_lists(target):
    with target.boot(services=True) as m:
        m.script()
        now = until(m, all_run)
        assert list(now) == ["names", "console", "sd", "card", "files", "led"]
        assert all(s["restarts"] == 0 for s in now.values())
        # Each has its endpoint and what the manifest lists, and nothing else.
        given = {}
        for h in m.json("handles"):
            given.setdefault(h["name"], []).append(h["type"])
        assert given["names"][:2] == ["process", "endpoint"]
        assert given["console"] == ["process", "terminal", "endpoint", "thread"]
        assert given["card"][:4] == ["process", "endpoint", "endpoint", "endpoint"]
        assert given["files"] == ["process", "memory", "endpoint"]
        for name in now.keys() - {"console"}:
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
            refused = m.run("svc restart led")
            assert refused.rc != 0 and "led: the machine has no device" in refused.text


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


def archive_with(target, folder, **files):
    """The archive, but with these files."""
    with (target.build / "initramfs.cpio").open("rb") as archive:
        subprocess.run(["cpio", "-idm", "--quiet"], stdin=archive, cwd=folder, check=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    names = [p.name for p in folder.iterdir()]
    own = folder / "own.cpio"
    subprocess.run([str(ROOT / "tools/mkcpio"), str(own),
                    *(f"{name.replace('__', '/')}={folder / name}" for name in names)],
                   check=True)
    return own


def test_a_manifest_that_is_wrong(target, tmp_path):
    """Each line that makes no sense is named; the rest counts."""
    own = archive_with(target, tmp_path, services=BAD_MANIFEST)
    with target.boot(services=True, initrd=own) as m:
        m.script()
        now = until(m, lambda s: len(s) == 4 and "restarts" not in
                    [s[n]["state"] for n in ("names", "broken", "odd")])
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
        for name in ("broken", "odd"):
            refused = m.run(f"svc restart {name}")
            assert refused.rc != 0 and f"{name}: it could not be started" in refused.text
        m.run("mm check").ok()


def test_a_server_that_keeps_ending(target, tmp_path):
    """init says so once, and tries on."""
    own = archive_with(target, tmp_path, services=b"service names names\nservice brief exit 3\n")
    with target.boot(services=True, initrd=own, qemu=ICOUNT) as m:
        m.script()
        now = until(m, lambda s: "brief" in s and s["brief"]["restarts"] >= 7)
        assert now["brief"]["last_end"] == "exit 3"
        assert re.findall("init: .*", m.transcript()) == \
            ["init: brief: has ended 5 times, each soon after its start; last: exit 3"]
        # By now it waits for seconds; who says restart does not, each of five times.
        until(m, lambda s: s["brief"]["restarts"] >= 10)
        commands = ["svc --json", *["svc restart brief", "sleep 0.2"] * 5, "svc --json"]
        m.send("; ".join(commands) + "\r")  # at once: time does not wait for us
        said = ""
        for _ in commands:
            m.wait_for(r"(?:^|\n)rc=0" + EOL)
            said += m.line.before + "\n"
        before, after = ({s["name"]: s["restarts"] for s in json.loads(line)}
                         for line in said.splitlines() if line.startswith("["))
        assert after["brief"] >= before["brief"] + 5


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


def test_lines_of_several_clients(target):
    """Each says a word in turn with the others, and comes out as a line of its own."""
    with target.boot(services=True, qemu=ICOUNT) as m:
        m.script()
        until(m, all_run)
        assert m.run("run say -c 16 one two three").ok().out == ["one two three"] * 16
        # Who says no more has said a line, and so has who is one too many.
        m.run("run say -n half a line").ok()
        assert "whole" in m.run("run say whole").ok().out
        shown(m, "half a line")
        m.run("run say -c 20 -n begun").ok()
        shown(m, "begun", 20)
        assert m.run(f"run say {'x' * 159}").ok().out == ["x" * 159]
        assert m.run(f"run say {'x' * 159 + 'y' * 20}").ok().out == ["x" * 159, "y" * 20]
        m.run("svc restart console").ok()
        until(m, lambda s: all_run(s) and s["console"]["restarts"] == 1)
        assert m.run("run say there").ok().out == ["there"]


def test_a_line_of_a_client(target):
    """What is typed reaches the program in the foreground by way of a server, which is never
    there itself; and meanwhile others write."""
    with target.boot(services=True) as m:
        m.script()
        until(m, all_run)
        for answer in ("Ada", "a line that is longer than one message " * 3):
            m.send("run ask 'who? '\r")
            m.wait_for(r"who\? ")
            m.send(answer + "x\b\r")  # edited as any line
            m.wait_for(rf"answer: {answer}{EOL}")
            m.wait_for(f"rc=0{EOL}")
        m.send("run say -c 16 in between & run ask 'who? '\r")
        for _ in range(16):
            m.wait_for("in between")
        m.send("\x04")  # no line
        m.wait_for(rf"answer: *{EOL}")
        m.wait_for(f"rc=0{EOL}")
        # Not for who is in the background. Ctrl-C ends the wait and who waits, whichever
        # comes first, and the next one reads.
        m.send("run ask 'who? ' &\r")
        m.wait_for("ask: console: the device or the terminal refused")
        m.send("echo further\r")
        m.wait_for(f"further{EOL}rc=0{EOL}")
        m.send("run ask 'who? '\r")
        m.wait_for(r"who\? ")
        m.send("\x03")
        m.wait_for(rf"rc=(256|1){EOL}")
        m.send("run ask 'who? '\r")
        m.wait_for(r"who\? ")
        m.send("Bob\r")
        m.wait_for(rf"answer: Bob{EOL}")
        m.wait_for(f"rc=0{EOL}")
        assert services(m)["console"]["restarts"] == 0


def test_files_of_the_archive(target, tmp_path):
    """What the archive has, by the protocol of the card: programs that are pages of it, files
    that end within a page, at its end, and have nothing in them."""
    whole = member(target, "hello")
    files = {"text": b"a text\n", "nothing": b"", "page": bytes(range(256)) * 16,
             "folder__in__it": b"in it\n", "whole": whole + bytes(-len(whole) % 4096),
             **{f"small__{i}": b"%d" % i * i for i in range(100)}}
    own = archive_with(target, tmp_path, **files)
    with target.boot(services=True, initrd=own) as m:
        m.script()
        until(m, all_run)
        listed = {line[11:]: int(line[:9]) for line in m.run("run card -s files ls").ok().out}
        assert listed == {f["name"]: f["size"] for f in m.json("ls")}
        # All of them, more than the server knows at a time; and again.
        for name in 2 * list(listed):
            data = (tmp_path / name.replace("/", "__")).read_bytes()
            assert m.run(f"run card -s files crc {name}").ok().out == \
                [f"{zlib.crc32(data):08x} {len(data)} {name}"]
        assert m.run("run card -s files cat folder/in/it").ok().out == ["in it"]
        assert m.run("run card -s files ls folder/").ok().out == [f"{6:9}  in/it"]
        assert "nothing there" in m.run("run card -s files ls fold").text
        assert m.run("run card -s files run whole a").ok().out[-1].endswith('= "a"')
        assert "not a program" in m.run("run card -s files run text").text
        assert "no such file" in m.run("run card -s files cat folder/in").text
        m.run("svc restart files").ok()
        until(m, lambda s: all_run(s) and s["files"]["restarts"] == 1)
        assert m.run("run card -s files cat text").ok().out == ["a text"]
        m.run("mm check").ok()


def test_files_of_the_card(target, card):
    image, files = card
    with with_card(target, image) as m:
        until(m, all_run)
        listed = m.run("run card ls bin").ok().out
        assert listed[:2] == ["sd: card of 64 MB", "card: FAT32 mounted"]
        assert [line.split() for line in listed[2:]] == \
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
        said = out(m, "run card run bin/hello a b")
        assert said[0].startswith("hello from EL0") and '"b"' in said[-1]
        assert "not a program" in m.run("run card run hello.txt").text
        assert "not a program" in m.run("run card run zeros").text


@pytest.mark.parametrize("service", ["card", "sd", "names", "console"])
def test_files_after_a_restart(target, card, service):
    """Whichever of them is a new one: what the others know of the old one does no harm."""
    image, files = card
    data = files["bin/big"]
    said = [f"{zlib.crc32(data):08x} {len(data)} bin/big"]
    with with_card(target, image) as m:
        until(m, all_run)
        assert out(m, "run card crc bin/big") == said
        m.run(f"svc restart {service}").ok()
        until(m, lambda s: all_run(s) and s[service]["restarts"] == 1)
        assert out(m, "run card crc bin/big") == said


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
        assert m.transcript().count("sd: the card is gone") >= 1
        m.run("mm check").ok()


KILLING_S = int(os.environ.get("KILLING_S", "20"))
ASK = ["card crc bin/big", "card ls", "card run bin/hello", "card -s files crc usertests",
       "card -s files run hello", "say -c 20 these are lines"]


def settled(m):
    """Kernel objects by type, once they stay the same: a thread that has ended is one until
    its CPU has switched."""
    looks = []
    while len(looks) < 5 or any(look != looks[-1] for look in looks[-5:]):
        looks.append({o["type"]: o["now"] for o in m.json("objects")})
        time.sleep(0.1)
    return looks[-1]


def test_killed_at_random(target, card):
    """Servers and clients are killed in the middle of calls: nothing is lost."""
    image, files = card
    rng = random.Random(11)
    with with_card(target, image) as m:
        first = until(m, all_run)
        m.run("run card crc bin/big").ok()
        m.run("run card -s files crc motd").ok()
        before = settled(m)
        killed = 0
        end = time.monotonic() + KILLING_S
        while time.monotonic() < end:
            for _ in range(3):
                m.run(f"run {rng.choice(ASK)} &")
            victims = [s["pid"] for s in services(m).values() if s["pid"]]
            victims += [p["pid"] for p in m.json("ps") if p["name"] in ("card", "say")]
            pid = rng.choice(victims)
            killed += m.run(f"kill {pid}").rc == 0
        assert killed > 10
        for name in ("say", "card", "files"):  # clients and servers
            m.run(f"kill {name}")
        now = until(m, all_run, 30)
        assert sum(s["restarts"] for s in now.values()) >= 3, now
        # All are there again, and work; what the dead had has come back.
        # The half lines of a client that was killed come out when its place is needed.
        data = files["bin/big"]
        assert f"{zlib.crc32(data):08x} {len(data)} bin/big" in \
            out(m, "run card crc bin/big", timeout=60)
        m.run("run card -s files crc motd").ok()
        assert "there" in m.run("run say there").ok().out
        end = time.monotonic() + STARTED_S
        while (after := {o["type"]: o["now"] for o in m.json("objects")}) != before:
            assert time.monotonic() < end, (before, after)
            time.sleep(0.2)
        m.run("mm check").ok()
        assert [s for s in now if s not in first] == []
