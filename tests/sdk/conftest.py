# SPDX-License-Identifier: MIT
"""
The SDK, and programs of others built with it. Their sources are Debian's, fetched by
package name from the mirror that this system's apt uses, with an apt that has its own
sources, lists and cache in build/sdk-test: the system is not changed. What is there is
not fetched again. Without a network what needs them is skipped, and says why.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/qemu"))
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SUITE = "bookworm"
CACHE = ROOT / "build/sdk-test"
TARGET = "aarch64-linux-gnu"


def run(*command, cwd=ROOT, timeout=300, **env):
    """Its output. Other people's makefiles must not hear of the make that called us."""
    clean = {name: value for name, value in os.environ.items()
             if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run([str(word) for word in command], cwd=cwd, timeout=timeout, text=True,
                          check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env={**clean, **env})
    if done.returncode:
        raise RuntimeError(f"{command}: {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout


@pytest.fixture(scope="session")
def sdk(tmp_path_factory):
    """A path with a blank in it, outside of the tree."""
    folder = tmp_path_factory.mktemp("sdk") / "lodger sdk"
    run("make", "-s", "sdk", f"SDK={folder}", LODGER_SETUP_DONE="1")
    return folder


@pytest.fixture(scope="session")
def kernel():
    run("make", "-s", "-j2", "kernel")
    return ROOT / "build/gcc"


def mirror():
    if "DEBIAN_MIRROR" in os.environ:
        return os.environ["DEBIAN_MIRROR"]
    known = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages",
                "Origin: Debian", "Component: main").split()
    if not known:
        raise RuntimeError("apt-get knows no mirror of Debian: say DEBIAN_MIRROR=URL")
    return known[0]


def fetch(package):
    """The folder with the files of its source package."""
    folder, new, apt = CACHE / package, CACHE / f"{package}.new", CACHE / "apt"
    if folder.is_dir():
        return folder
    for place in (new, apt / "lists/partial", apt / "cache/archives/partial"):
        place.mkdir(parents=True, exist_ok=True)
    (apt / "sources.list").write_text(f"deb-src [signed-by={KEYRING}] {mirror()} {SUITE} main\n")
    own = [word for option in (
        f"Dir::Etc::sourcelist={apt}/sources.list", "Dir::Etc::sourceparts=/dev/null",
        f"Dir::State::lists={apt}/lists", f"Dir::Cache={apt}/cache",
        "Acquire::Languages=none", "Acquire::Retries=1", "Acquire::http::Timeout=20",
        f"APT::Sandbox::User={run('id', '-un').strip()}") for word in ("-o", option)]
    if not list((apt / "lists").glob("*Sources*")):
        run("apt-get", "-q", "update", "--error-on=any", *own)
    run("apt-get", "-q", "source", "--download-only", package, *own, cwd=new)
    return new.rename(folder)


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    """source(package): a new copy of what its authors wrote, without Debian's changes."""
    def unpack(package):
        if not all(map(shutil.which, ("apt-get", "dpkg-source"))):
            pytest.skip("no apt-get or dpkg-source (Debian: dpkg-dev)")
        try:
            fetched = fetch(package)
        except (RuntimeError, subprocess.TimeoutExpired) as failure:
            errors = re.findall("^E: .*", str(failure), re.M) or str(failure).splitlines()
            pytest.skip(f"Debian's source of {package} could not be fetched: {errors[0]}")
        (dsc,) = fetched.glob("*.dsc")
        folder = tmp_path_factory.mktemp(package) / "source"
        run("dpkg-source", "--no-check", "--skip-patches", "-x", dsc, folder)
        return folder

    return unpack
