# SPDX-License-Identifier: MIT
"""What tests/model/run.py and tests/relacy/run.py have in common: the choice of checks
on the command line, running them side by side, and TAP."""
import argparse
import concurrent.futures
import shutil
import subprocess
import time


def output_of(command, folder=None):
    """(exit status, all that it printed, seconds)"""
    started = time.monotonic()
    run = subprocess.run(command, cwd=folder, text=True, check=False, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT)
    return run.returncode, run.stdout, time.monotonic() - started


def options(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--list", action="store_true", help="only name the checks")
    parser.add_argument("words", nargs="*", metavar="WORD")
    return parser.parse_args()


def run(checks, given, tools):
    """checks: (name, function) pairs; a function returns (good, what to say of it). The
    exit status."""
    chosen = [(name, function) for name, function in checks
              if not given.words or any(w in name for w in given.words)]
    missing = [tool for tool in tools if not shutil.which(tool)]
    if given.list:
        print(*(name for name, _ in chosen), sep="\n")
        return 0
    if not chosen or missing:
        print("Bail out!", f"{missing[0]} is missing" if missing else "no such check")
        return 1
    failed = 0
    print(f"1..{len(chosen)}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        results = pool.map(lambda check: check[1](), chosen)
        for number, ((name, _), (good, said)) in enumerate(zip(chosen, results), start=1):
            failed += not good
            print(f"{'ok' if good else 'not ok'} {number} - {name} # {said}", flush=True)
    return int(failed > 0)
