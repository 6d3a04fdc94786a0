# SPDX-License-Identifier: MIT
"""
What is booted, and how often. A boot costs a second or two, so tests share
machines: for each target (a board and a configuration) there is one in script
mode (`shell`) and one with keys (`terminal`), booted when first asked for. A
test gets a machine that answers; if the one before has wrecked it, a new one.

    pytest tests/qemu --board raspi3b --config shootdown -k paste
"""
import itertools
import os
import pathlib
import shutil
import subprocess
import sys
from typing import NamedTuple

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from lodger import ROOT, LodgerError, Machine, disasters  # noqa: E402

BOARDS = ("raspi4b", "raspi3b")
# Overrides of include/kconfig.h. Tests run with the kernel's own checks on; a
# few that say so run on what plain `make` builds as well.
CONFIGS = {
    "refcount": ("CONFIG_DEBUG_ASSERT=y", "CONFIG_SELFTEST=y"),
    "shootdown": ("CONFIG_DEBUG_ASSERT=y", "CONFIG_MMU_LAZY_TLB_REFCOUNT=n",
                  "CONFIG_SELFTEST=y"),
    "slot": ("CONFIG_DEBUG_ASSERT=y", "CONFIG_MMU_LAZY_TLB_REFCOUNT=n",
             "CONFIG_MMU_LAZY_TLB_SLOT=y", "CONFIG_SELFTEST=y"),
    "eager": ("CONFIG_DEBUG_ASSERT=y", "CONFIG_MMU_LAZY_TLB_EAGER=y",
              "CONFIG_MMU_LAZY_TLB_REFCOUNT=n", "CONFIG_SELFTEST=y"),
    "paranoid": ("CONFIG_ASID_BITS=3", "CONFIG_DEBUG_ASSERT=y", "CONFIG_DEBUG_LAZY_EPD0=y",
                 "CONFIG_DEBUG_LAZY_LEDGER=y", "CONFIG_DEBUG_LAZY_ROOTS=y",
                 "CONFIG_MMU_LAZY_TLB_LAB=y", "CONFIG_SELFTEST=y"),
    "default": (),
}
STRATEGIES = ("refcount", "shootdown", "slot", "eager")
for strategy in STRATEGIES:
    CONFIGS[strategy + "-asid3"] = ("CONFIG_ASID_BITS=3", *CONFIGS[strategy],
                                    "CONFIG_DEBUG_LAZY_ROOTS=y")
USUAL = ("refcount", "shootdown")
TRANSCRIPT_LINES = 120


class Target(NamedTuple):
    board: str
    config: str
    build: pathlib.Path  # has kernel8.img and the device trees

    def boot(self, **options):
        return Machine(self.build, self.board, **options)

    @property
    def strategy(self):
        name = self.config.removesuffix("-asid3")
        return name if name in STRATEGIES else "refcount"

    @property
    def device_tree(self):
        return self.build / {"raspi4b": "bcm2711.dtb", "raspi3b": "bcm2837.dtb"}[self.board]


# ---- what is built ----


def pytest_addoption(parser):
    parser.addoption("--board", choices=BOARDS, help="only this board")
    parser.addoption("--config", choices=sorted(CONFIGS), help="only this configuration")
    parser.addoption("--built", type=pathlib.Path, metavar="DIR",
                     help="build nothing: kernels are in DIR/<configuration>")


def build_dir(overrides, what="kernel"):
    """Where `make kernel` with these overrides puts it, by its own words."""
    words = ["make", "-s", "--no-print-directory", "-C", str(ROOT), *overrides]
    subprocess.run([*words, "-j2", what], check=True, timeout=600)
    dry = subprocess.run([*words, "-n", "run"], check=True, timeout=60, text=True,
                         stdout=subprocess.PIPE,
                         env=dict(os.environ, LODGER_SETUP_DONE="1")).stdout
    return ROOT / dry.split("--dir ", 1)[1].split()[0]


@pytest.fixture(scope="session")
def builds(tmp_path_factory, pytestconfig):
    """Each configuration, built once. Copies, so that a make meanwhile does not
    change what is being tested."""
    done = {}
    built = pytestconfig.getoption("built")

    def build(config):
        if built:
            return built / config
        if config not in done:
            to = tmp_path_factory.mktemp(config)
            source = build_dir(CONFIGS[config])
            for file in ("kernel8.img", "bcm2711.dtb", "bcm2837.dtb", "initramfs.cpio"):
                shutil.copy(source / file, to / file)
            done[config] = to
        return done[config]

    return build


@pytest.fixture(scope="session")
def chainloader(tmp_path_factory, builds):
    """A copy of the chainloader around what plain `make` builds."""
    to = tmp_path_factory.mktemp("chainloader") / "chainloader.img"
    shutil.copy(build_dir(CONFIGS["default"], "chainloader") / "chainloader.img", to)
    return to


# ---- which targets a test runs on ----


def pytest_configure(config):
    config.addinivalue_line("markers", "targets(boards=..., configs=..., pairs=...): "
                            "not on all boards and usual configurations but on these")


def pytest_generate_tests(metafunc):
    """Whatever needs a target runs once on each, all tests of one together."""
    if "target" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("targets")
    only = marker.kwargs if marker else {}
    chosen = metafunc.config.getoption
    pairs = only.get("pairs") or itertools.product(only.get("boards", BOARDS),
                                                   only.get("configs", USUAL))
    wanted = [(board, config) for board, config in pairs
              if chosen("board") in (None, board) and chosen("config") in (None, config)]
    metafunc.parametrize("target", wanted, indirect=True, scope="session",
                         ids=["-".join(pair) for pair in wanted])


@pytest.fixture(scope="session")
def target(request, builds):
    board, config = request.param
    return Target(board, config, builds(config))


class Shared:
    """The machine of a target that tests share."""

    def __init__(self, target, prepare):
        self.target, self.prepare, self.machine = target, prepare, None

    def get(self):
        if self.machine and not self.machine.alive():
            self.end()
        if not self.machine:
            self.machine = self.target.boot()
            self.prepare(self.machine)
        return self.machine

    def end(self):
        if self.machine:
            self.machine.close()
        self.machine = None


@pytest.fixture(scope="session")
def shared_shell(target):
    shared = Shared(target, Machine.script)
    yield shared
    shared.end()


@pytest.fixture(scope="session")
def shared_terminal(target):
    shared = Shared(target, Machine.interactive)
    yield shared
    shared.end()


def watched(shared):
    """Lend it to a test; no test may leave the kernel unhappy behind."""
    machine = shared.get()
    since = len(machine.line.logfile_read.getvalue())
    try:
        yield machine
    except BaseException:
        shared.end()
        raise
    assert not disasters(machine.transcript(since))


@pytest.fixture
def shell(shared_shell):
    """A machine in script mode."""
    yield from watched(shared_shell)


@pytest.fixture
def terminal(shared_terminal):
    """A machine at its prompt, with a terminal that knows escape sequences."""
    machine = shared_terminal.get()
    try:
        machine.send("\x03")
        machine.prompt()
    except LodgerError:
        shared_terminal.end()
    yield from watched(shared_terminal)


# ---- what a failing test shows ----


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    item.serial_before = {id(m): len(m.line.logfile_read.getvalue()) for m in Machine.started}
    yield


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    said = [(machine, machine.transcript(item.serial_before.get(id(machine), 0)))
            for machine in Machine.started]
    # Of a test that booted many, the last: that is where it stopped.
    for machine, text in [pair for pair in said if pair[1]][-2:]:
        lines = text.split("\n")[-TRANSCRIPT_LINES:]
        report.sections.append((f"serial line: {machine.command_line}",
                                "\n".join(ascii(line)[1:-1] for line in lines)))
