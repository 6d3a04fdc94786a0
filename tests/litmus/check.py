#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
check.py [NAME ...]

Checks the litmus tests of this folder and prints TAP. For each file: it can be read,
its comment and the index (README.md) agree, what its condition names is set, a good
one has its weakened twin; and model.py finds the verdict that it expects. A "Never" must
be the model's doing: in an execution without any order the condition could hold. model.py
is measured first, against tests whose verdicts are known (known.py).
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import known  # noqa: E402
from litmus import Bad, Test  # noqa: E402
from model import observation  # noqa: E402

RESULT = {"good": "Never", "weak": "Sometimes", "spare": "Never", "known": "Sometimes"}
ROW = re.compile(r"^\| `(\S+)\.litmus` \| (\w+) \| (\w+) \|", re.M)


def check_known(test):
    name, expected, *rest = test
    found = observation(Test(known.text(name, *rest)))
    return [] if found == expected else [f"expected {expected}, found {found}"]


def written(test):
    """(thread, register) that the test sets, and (thread, label) that can fault."""
    registers, labels = set(test.regs), set()
    for tid, code in enumerate(test.threads):
        for label, op, args in code:
            if op in ("MOV", "ADD", "SUB", "EOR", "AND", "LSR") or op[:2] in ("LD", "ST"):
                if "X" in op or op[:2] != "ST":
                    registers.add((tid, "X" + args[0][1:]))
            if op[:2] in ("LD", "ST"):
                labels.add((tid, label))
    return registers, labels


def structure(name, text, index):
    """The test, or what is wrong with it."""
    test = Test(text)
    kind, result = index.get(name, (None, None))
    comment = re.search(r"^ \* Result: (\w+)$", text, re.M)
    registers, labels = written(test)
    problems = []
    if kind not in RESULT:
        problems.append("not in the index, or of no kind that is known")
    elif result != RESULT[kind]:
        problems.append(f"the index has {result} for a {kind} one")
    if test.name != name:
        problems.append(f"its header says {test.name}")
    if not comment or comment[1] != result:
        problems.append("the comment's Result is not the index's")
    if ("PTE(" in text) != ("Variant=vmsa" in text):
        problems.append("Variant=vmsa goes with PTE(x)")
    problems += [f"nobody sets {t}:{r}" for t, r in test.condition.registers - registers]
    problems += [f"no access at P{t}:{x}" for t, x in test.condition.faults - labels]
    for (tid, register), _ in test.regs.items():
        if tid >= len(test.threads):
            problems.append(f"no thread for {tid}:{register}")
    if kind == "good" and not any(k == "weak" and n.startswith(name + "+")
                                  for n, (k, _) in index.items()):
        problems.append("no weakened twin")
    if "+" in name and name.partition("+")[0] not in index:
        problems.append(f"a twin of nothing: no {name.partition('+')[0]}")
    return test, problems


def check_file(name, index):
    try:
        text = (HERE / f"{name}.litmus").read_text()
        test, problems = structure(name, text, index)
        found = observation(test)
        if name in index and found != index[name][1]:
            problems.append(f"expected {index[name][1]}, found {found}")
        if found == "Never" and observation(test, free=True) == "Never":
            problems.append("the condition cannot hold at all")
    except (OSError, Bad) as reason:
        problems = [str(reason)]
    return problems


def main():
    index = {n: (k, r) for n, k, r in ROW.findall((HERE / "README.md").read_text())}
    files = sorted({p.stem for p in HERE.glob("*.litmus")} | set(index))
    chosen = sys.argv[1:] or files
    results = [(f"known {t[0]}: {t[1]}", check_known(t)) for t in known.KNOWN]
    results += [(f"{n}: {index.get(n, ('', '?'))[1]}", check_file(n, index)) for n in chosen]
    for number, (name, problems) in enumerate(results, start=1):
        print(f"{'not ok' if problems else 'ok'} {number} - {name}")
        print(*(f"# {p}" for p in problems), sep="\n", end="\n" if problems else "")
    print(f"1..{len(results)}")
    return int(any(p for _, p in results))


sys.exit(main())
