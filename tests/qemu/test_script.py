# SPDX-License-Identifier: MIT
"""What scripts rely on: rc=, --json, --csv, the names of things."""
import json
import re
import time

import pytest

ENOENT, E2BIG, EINVAL = -2, -7, -22
STATUS_FAULT = 512

# docs/architecture.md, "Interfaces that scripts rely on".
MM_KEYS = "id name users count lazy asid gen pgd rss_pages table_pages state age_us".split()
CPU_KEYS = "cpu task kind active_mm ttbr0_base ttbr0_asid lazy_us check".split()
STAT_KEYS = {
    "strategy": None, "switches": ["kk", "uk", "ku", "uu"], "ttbr0_writes": None,
    "ttbr0_avoided": None, "voluntary": None, "lazy_grabs": None, "lazy_drops": None,
    "zombies_created": None, "zombies_reaped": None, "zombie_max_us": None,
    "ipi_sent": None, "ipi_useful": None,
    "asid_rollovers": None, "tlbi": ["all", "asid", "va"],
}
# What the help promises.
COMMANDS = """ps top vm run kill free slab irq cpu timers dmesg log config dt ls cat test bench
    uptime reboot poweroff version history clear mode watch help""".split()
MM_COMMANDS = "ls show cpus who zombies stat watch strategy check".split()
# What a listing needs to have something to list, or to be done soon; and a part of it
# that will do the second time.
ARGUMENTS = {"mm show": "0", "mm who": "0", "test": "list", "mmtorture": "2",
             "vm": "PID"}
PART = {"bench": "bench page"}

ui = pytest.mark.targets(boards=["raspi4b"], configs=["refcount"])


def help_names(shell, group=""):
    """Names as `help` lists them, one at the start of each line of its table."""
    text = shell.run(f"help {group}".strip()).ok().out
    return [match.group(1) for match in map(re.compile(r"  ([a-z-]+)  *\S").match, text) if match]


@pytest.fixture
def commands(shell):
    return [name for name in help_names(shell) if name != "mm"] + \
        [f"mm {name}" for name in MM_COMMANDS]


@ui
def test_all_commands_are_there(shell):
    """Every command of the issue is in `help`, every sub-command in `help mm`.

    Seen failing: with a name that no kernel has added to the list.
    """
    assert set(COMMANDS) | {"mm"} <= set(help_names(shell))
    assert MM_COMMANDS == help_names(shell, "mm") or \
        set(MM_COMMANDS) <= set(help_names(shell, "mm"))


@ui
def test_help_of_every_command(shell, commands):
    """`X -h`, `X --help` and `help X` say the same: how X is used, and an example
    that names it.

    Seen failing: nine commands, `uptime` one of them, and four of mm's had no
    example (2026-11).
    """
    without_example = []
    for name in ["mm", *commands]:
        text = shell.run(f"{name} -h").ok().out
        assert text, name
        assert text == shell.run(f"{name} --help").ok().out
        assert text == shell.run(f"help {name}").ok().out
        assert any(re.match(rf"usage: {name}\b", line) for line in text), f"{name}: {text}"
        if not any(re.match(rf"example: .*\b{name}\b", line) for line in text):
            without_example.append(name)
    assert not without_example
    # Seen failing: a view of more than 48 rows was cut without a word (2026-11).
    assert any("48 rows" in line for line in shell.run("watch -h").out)


@ui
def test_bare_group_shows_its_usage(shell):
    """`mm` alone says what there is, and is no success.

    Seen failing: `uptime`, which does something, in its place.
    """
    result = shell.run("mm")
    assert result.rc == EINVAL
    assert all(any(line.split()[:1] == [name] for line in result.out) for name in MM_COMMANDS)


@ui
def test_status_of_every_kind(shell):
    """rc= is 0, what a program ended with, or -errno; one line for each command.

    Seen failing: each row with its neighbour's number.
    """
    rows = {
        "uptime": 0, "run exit 0": 0, "run exit 42": 42, "run exit 255": 255,
        "no-such-command": ENOENT, "run no-such-program": ENOENT, "cat no-such-file": ENOENT,
        "mm show": EINVAL, "mm show 4000000000": ENOENT, "mm nothing": ENOENT,
        "uptime | grep nothing-like-it": 1, "uptime | grep prompt": 0, "echo 'open": EINVAL,
        "ps | sort": EINVAL, "uptime &": EINVAL, "grep x": EINVAL,
    }
    for command, rc in rows.items():
        assert shell.run(command).rc == rc, command
    assert STATUS_FAULT <= shell.run("run crash null-read").rc < STATUS_FAULT + 64
    # Seen failing: `run ''` said "no program ;", `''` ": unknown command" (2026-11).
    for command in ("run", "cat", "dt", "config", "bench", "test", "kill", ""):
        assert "''" in shell.run(command + " ''").text
    shell.run("run exit 9")
    assert shell.run("echo $?").ok().out == ["9"]


@ui
def test_several_commands_on_a_line(shell):
    """`;` runs one after the other, each with its rc=; a failure does not stop them.

    Seen failing: the expected list in another order.
    """
    shell.send("echo one; no-such; echo three\recho end\r")
    shell.wait_for(r"end\r*\nrc=0\r*\n")
    said = shell.line.before.replace("\r", "")
    assert re.findall(r"^(?:one|three|rc=.*)$", said, re.M) == \
        ["one", "rc=0", f"rc={ENOENT}", "three", "rc=0"]


@ui
def test_a_line_too_long_is_not_half_run(shell):
    """4096 bytes are a line; of more, none is run. 512 words are a command.

    Seen failing: 4096 bytes in place of 4097.
    """
    for size in (4097, 4098, 6000, 12000):
        result = shell.run("echo " + "x" * (size - 5))
        assert result.rc == E2BIG, size
        assert "xxxx" not in result.text
    assert shell.run("echo " + "x" * 4091).ok().out == ["x" * 4091]
    words = " ".join(f"{n:06x}" for n in range(511))
    assert shell.run("echo " + words).ok().out == [words]
    assert "too many words" in shell.run(f"echo {words} y").text
    assert any("4096 bytes" in line for line in shell.run("help").ok().out)
    shell.check()


@ui
def test_commands_inside_commands(shell):
    """A command that runs a command that runs a command: so deep, and no deeper.

    Seen failing: 16 times `watch` overflowed the shell's stack, a panic (2026-11).
    """
    assert any(line.startswith("uptime ") for line in
               shell.run("watch -c 1 watch watch uptime").ok().out)
    assert "4 deep" in shell.run("watch -c 1 " + "watch " * 50 + "uptime").text
    assert shell.run("uptime").rc == 0


@ui
def test_did_you_mean(shell):
    """An unknown command names the nearest one.

    Seen failing: `qqqq`, which nothing is near.
    """
    for typed, meant in {"upime": "uptime", "mm cpu": "mm cpus", "hlep": "help",
                         "dmseg": "dmesg", "mm zombie": "mm zombies"}.items():
        result = shell.run(typed)
        assert result.rc == ENOENT
        assert f"did you mean {meant}?" in result.text
    assert "did you mean" not in shell.run("qqqqqqq").text


def test_json_keys(shell):
    """The keys that architecture.md fixes, in its order; more may follow.

    Seen failing: with one key of each list renamed.
    """
    shell.run("run sleeper 3000 &").ok()
    for row in shell.json("mm ls") + [shell.json("mm show 0")]:
        assert list(row)[:len(MM_KEYS)] == MM_KEYS
    cpus = shell.json("mm cpus")
    assert [row["cpu"] for row in cpus] == [0, 1, 2, 3]
    assert all(list(row) == CPU_KEYS for row in cpus)
    stat = shell.json("mm stat")
    assert list(stat) == list(STAT_KEYS)
    for key, members in STAT_KEYS.items():
        if members:
            assert list(stat[key]) == members
            assert all(isinstance(n, int) for n in stat[key].values())
    uptime = shell.json("uptime")
    assert 0 < uptime["prompt_us"] < uptime["uptime_us"]
    shell.run("kill %1").ok()


@ui
def test_every_listing_as_json_and_csv(shell, commands):
    """Each command that offers --json gives one JSON document on one line; --csv
    gives rows of one width, its header being the same keys.

    Seen failing: `echo --json` in the list.
    """
    listings = [name for name in commands
                if any("--json" in line for line in shell.run(f"{name} -h").out)]
    assert {"ps", "free", "slab", "irq", "cpu", "mm ls", "mm cpus", "mm stat"} <= set(listings)
    pid = shell.run("run sleeper 1000000 &").ok().out[0].split()[1]
    for name in set(listings) - {"svc"}:  # there is no init here
        command = f"{name} {ARGUMENTS.get(name, '')}".replace("PID", pid).strip()
        document = shell.json(command)
        rows = shell.csv(PART.get(command, command))
        if isinstance(document, list):
            if document:
                assert rows[0] == list(document[0]), command
                assert {len(row) for row in rows} == {len(rows[0])}, command
                assert all(list(row) == list(document[0]) for row in document)
        else:
            assert rows and document, command
    shell.run("kill %1").ok()


@ui
def test_live_views_for_programs(shell):
    """`top --json` is one document, the busiest first. The views that are no
    listing say what is.

    Seen failing: `top --json` was an unknown option (2026-11).
    """
    shell.run("run -c 2 spin 20 &").ok()
    shell.run("sleep 0.3")  # a thread has no share until it was looked at before
    first = shell.json("top")[0]
    assert first["name"] == "spin" and 500 < first["cpu_permille"] <= 1000
    assert shell.csv("top -n 0.1 -c 5")[0] == list(first)
    by_process = shell.json("top -p")
    assert by_process[0]["name"] == "spin" and 500 < by_process[0]["cpu_permille"] <= 1000
    assert (by_process[0]["pid"], by_process[0]["parent"]) == (first["pid"], None)
    assert by_process[0]["threads"] == sum(t["pid"] == first["pid"] for t in shell.json("ps"))
    assert by_process[0]["memory_bytes"] % 4096 == 0 < by_process[0]["memory_bytes"]
    assert by_process[0]["handles"] == len(shell.json(f"handles {first['pid']}"))
    assert shell.csv("top -p")[0] == list(by_process[0])
    shell.run("kill spin").ok()
    for command in ("mm watch --json", "mm watch -n 1 --csv", "watch --json ps"):
        refused = shell.run(command)
        assert refused.rc == EINVAL and "as in: mm cpus --" in refused.text


@ui
def test_config_as_the_header_spells_it(shell):
    """y and n for people, as in include/kconfig.h and for make; 1 and 0 for programs.

    Seen failing: 1 and 0 for both (2026-11).
    """
    rows = {line.split()[0]: line.split()[1:] for line in shell.run("config").ok().out}
    assert rows["MMU_LAZY_TLB_REFCOUNT"] == ["y", "y"] and rows["DEBUG_ASSERT"] == ["y", "n"]
    assert rows["NR_CPUS"] == ["4", "4"]
    assert ["value", "y"] in [line.split() for line in shell.run("config SELFTEST").ok().out]
    values = {row["name"]: row["value"] for row in shell.json("config")}
    assert values["SELFTEST"] == 1 and values["MMU_LAZY_TLB_SHOOTDOWN"] == 0
    assert shell.json("config SELFTEST")["default"] == 0


@ui
def test_grep(shell):
    """`| grep` keeps the lines with the text, -v the others, -i either case.

    Seen failing: the patterns exchanged.
    """
    whole = shell.run("dt /").ok().out
    some = shell.run("dt / | grep model").ok().out
    assert some == [line for line in whole if "model" in line] and some
    assert shell.run("dt / | grep -v model").ok().out == \
        [line for line in whole if "model" not in line]
    assert shell.run("dt / | grep -i MODEL | grep -v zzz").ok().out == some


@ui
def test_grep_searches_whole_lines(shell):
    """A JSON document is one line: found in it is found at its end, too. A line
    that is too long to be searched is not silently left out.

    Seen failing: only the first 256 bytes were searched (2026-11).
    """
    caches = shell.json("slab")
    last = caches[-1]["name"]
    assert len(json.loads(shell.run(f"slab --json | grep {last}").ok().text)) == len(caches)
    assert shell.run(f"slab --json | grep -v {last}").rc == 1
    assert shell.run("slab --json | grep such-is-not-there").rc == 1
    shell.run("run crowd 1200 &").ok()
    while len(shell.json("ps")) < 1200:
        shell.run("sleep 0.05")
    long = shell.run("ps --json | grep such-is-not-there")
    assert long.rc == E2BIG and "1 line of more than 131072 bytes" in long.text
    assert len(json.loads(shell.run("ps --json | grep crowd").ok().text)) > 1200
    shell.run("kill sleeper").ok()
    while shell.json("jobs"):
        shell.run("sleep 0.05")


@ui
def test_script_mode_is_silent(shell):
    """No echo, prompt, colour or escape sequence: only the answers.

    Seen failing: in interactive mode.
    """
    since = len(shell.line.logfile_read.getvalue())
    for command in ("echo x", "ps", "mm cpus", "clear", "watch -n 0.1 -c 3 uptime", "top -c 1",
                    "mm watch -c 2 -n 0.1"):
        shell.run(command).ok()
    said = shell.transcript(since)
    assert "\x1b" not in said and "lodger>" not in said and "\a" not in said
    assert not re.search(r"^echo x", said, re.M)


@ui
def test_numbers_of_the_machine(shell):
    """Memory adds up, and what is idle does not tick.

    Seen failing: with total_pages off by one.
    """
    free = shell.json("free")
    assert free["used"] + free["free"] + free["stocks"] == free["total"]
    assert free["free_pages"] * 4096 == free["free"] + free["stocks"]
    blocks = sum(block["free"] * block["bytes"] for block in free["blocks"])
    assert abs(blocks - free["free"]) <= 64 * 4096  # two looks, a moment apart
    assert free["total"] - free["free"] - free["stocks"] <= free["total"] * 0.02
    before = {row["cpu"]: row for row in shell.json("cpu")}
    shell.run("sleep 1").ok()
    after = {row["cpu"]: row for row in shell.json("cpu")}
    idle = [cpu for cpu in after if after[cpu]["idle_us"] - before[cpu]["idle_us"] > 950000]
    assert idle
    for cpu in idle:
        assert after[cpu]["ticks"] - before[cpu]["ticks"] <= 5
    assert shell.json("tty")["overruns"] == 0
    assert json.loads(shell.run("log --json").ok().out[0])["lost"] == 0


def test_no_byte_is_lost(shell):
    """A few hundred commands, programs among them, each run as it was sent.

    Seen failing: two bytes vanished about once in two thousand commands (2026-11).
    """
    for n in range(100):
        words = f"abcdefghijklmnopqrstuvwxyz {n}"
        assert shell.run(f"echo {words}").ok().out == [words]
        assert shell.run(f"run -c {1 << n % 4:#x} exit {n % 7}").rc == n % 7
    assert shell.json("tty")["overruns"] == 0


@ui
def test_output_of_others_stays_out_of_documents(shell):
    """What programs and the kernel say meanwhile does not land inside a document.

    Seen failing: a background program's line in the middle of `ps --json` (2026-11).
    """
    shell.run("run crash null-read")
    for _ in range(3):
        shell.run("run crash all &").ok()
        shell.run("run usertests io &").ok()
        until = time.monotonic() + 1
        while time.monotonic() < until:
            for command in ("ps", "slab"):
                result = shell.run(command + " --json").ok()
                documents = [line for line in result.out if line.startswith("[{")]
                assert len(documents) == 1, result.out
                json.loads(documents[0])
        while shell.json("jobs"):
            shell.run("sleep 0.2").ok()
