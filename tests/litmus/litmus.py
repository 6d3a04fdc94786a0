# SPDX-License-Identifier: MIT
"""
A litmus test in herd7's AArch64 format: its text, and the paths of its threads.

Known instructions: LDR STR LDAR STLR LDXR LDAXR STXR STLXR MOV ADD SUB EOR AND LSR
CMP CBZ CBNZ B.EQ B.NE DMB DSB ISB TLBI. No loops, one size of access, no atomics of
Armv8.1; one level of tables, PTE(x) = (oa:PA(y),valid:1). A thread ends where it
faults.
"""
import re

FENCE = re.compile(r"(DMB|DSB) (?:ISH|OSH|NSH)?(SY|LD|ST)?$")
LOAD, STORE = {"LDR", "LDAR", "LDXR", "LDAXR"}, {"STR", "STLR", "STXR", "STLXR"}


class Bad(Exception):
    """Not a litmus test that we understand."""


class Event:
    """kind: R, W; T walk, X fault; I ISB, F fence, B TLBI."""

    def __init__(self, kind, tid, **more):
        self.kind, self.tid = kind, tid
        self.loc = self.val = self.label = self.pair = self.walk = None
        self.acq = self.rel = False
        self.addr = self.data = self.ctrl = frozenset()  # reads, by place in the thread
        self.__dict__.update(more)


# ---- reading a test ----

def value(text):
    text = text.strip()
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    if text.startswith("("):
        fields = dict(f.split(":", 1) for f in re.sub(r"\s", "", text[1:-1]).split(","))
        oa = re.fullmatch(r"PA\((\w+)\)", fields.get("oa", ""))
        if not oa or set(fields) - {"oa", "valid"}:
            raise Bad(f"descriptor {text}")
        return ("pte", oa[1], int(fields.get("valid", "1")))
    if not re.fullmatch(r"\w+|PTE\(\w+\)", text):
        raise Bad(f"value {text}")
    return text


def register(text):
    text = text.strip()
    if not re.fullmatch(r"[WX](\d+|ZR)", text):
        raise Bad(f"register {text}")
    return "X" + text[1:]


class Test:
    def __init__(self, text):
        body = re.sub(r"\(\*.*?\*\)", "", text, flags=re.S)
        match = re.match(r"AArch64 (\S+)\n((?:\s*\w+=.*\n|\s*\n)*)\{(.*?)\}(.*?)\n"
                         r"(?:locations.*\n)?(exists|forall)\s*(.*)\Z", body, re.S)
        if not match:
            raise Bad("not of the form: AArch64 name, {init}, columns, exists")
        self.name, self.info = match[1], match[2].strip()
        self.memory, self.regs = {}, {}
        for item in filter(None, map(str.strip, match[3].split(";"))):
            place, _, val = item.partition("=")
            reg = re.fullmatch(r"(\d+):(\w+)", place.strip())
            if reg:
                self.regs[int(reg[1]), register(reg[2])] = value(val)
            else:
                self.memory[place.strip().strip("[]")] = value(val)
        rows = [r.strip() for r in match[4].split(";")]
        if rows.pop():
            raise Bad("a row does not end in ';'")
        table = [[c.strip() for c in r.split("|")] for r in rows]
        if any(len(r) != len(table[0]) for r in table):
            raise Bad("rows differ in their number of columns")
        if table[0] != [f"P{i}" for i in range(len(table[0]))]:
            raise Bad("the first row must be P0 | P1 | ...")
        self.threads = [self.column([r[i] for r in table[1:]]) for i in range(len(table[0]))]
        self.walked = set(re.findall(r"PTE\((\w+)\)", body))
        self.condition = Condition(match[6].strip(), match[5])

    @staticmethod
    def column(cells):
        code = []  # (label, operation, operands)
        for cell in filter(None, cells):
            label, op, rest = re.fullmatch(r"(?:(\w+):)?\s*(\S*)\s*(.*)", cell).groups()
            code.append((label, op, [o.strip() for o in rest.split(",")] if rest else []))
        return code

    def initial(self, loc):
        default = ("pte", loc[4:-1], 1) if loc.startswith("PTE(") else 0
        return self.memory.get(loc, default)


class Condition:
    """exists (...): /\\ \\/ ~ not, 0:X1=v, x=v or [x]=v, fault(P0:L0,x)."""
    TOKEN = re.compile(r"\s*(fault\(P(\d+):(\w+),(\w+)\)|/\\|\\/|~|not\b|[()]|true\b"
                       r"|(?:(\d+):(\w+)|\[?(\w+|PTE\(\w+\))\]?)\s*=\s*"
                       r"(\([^)]*\([^)]*\)[^)]*\)|\S+?)"
                       r"(?=[\s)]|$))")

    def __init__(self, text, quantifier):
        self.tokens, at = [], 0
        self.registers, self.faults = set(), set()
        self.forall = quantifier == "forall"
        while at < len(text):
            match = self.TOKEN.match(text, at)
            if not match:
                raise Bad(f"condition at: {text[at:]}")
            self.tokens.append(self.leaf(match))
            at = match.end()
        self.tree, rest = self.disjunction(self.tokens)
        if rest:
            raise Bad("condition goes on behind its end")

    def leaf(self, m):
        if m[3]:
            self.faults.add((int(m[2]), m[3]))
            return "fault", int(m[2]), m[3]
        if m[8] and m[5]:
            self.registers.add((int(m[5]), register(m[6])))
            return "reg", (int(m[5]), register(m[6])), value(m[8])
        return ("mem", m[7], value(m[8])) if m[8] else m[1]

    def disjunction(self, tokens, word="\\/"):
        below = self.unary if word == "/\\" else lambda t: self.disjunction(t, "/\\")
        left, rest = below(tokens)
        while rest and rest[0] == word:
            right, rest = below(rest[1:])
            left = (word, left, right)
        return left, rest

    def unary(self, tokens):
        if not tokens:
            raise Bad("condition ends too early")
        if tokens[0] in ("~", "not"):
            tree, rest = self.unary(tokens[1:])
            return ("~", tree), rest
        if tokens[0] == "(":
            tree, rest = self.disjunction(tokens[1:])
            if not rest or rest[0] != ")":
                raise Bad("missing ) in the condition")
            return tree, rest[1:]
        return tokens[0], tokens[1:]

    def holds(self, regs, faults, memory, tree=None):
        """True, False; None if it depends on memory and that is not known yet."""
        tree = tree or self.tree
        if tree[0] == "reg":
            return regs.get(tree[1], 0) == tree[2]
        if tree[0] == "fault":
            return tree[1:] in faults
        if tree[0] == "mem":
            return None if memory is None else memory(tree[1]) == tree[2]
        if tree == "true":
            return True
        parts = [self.holds(regs, faults, memory, t) for t in tree[1:]]
        if tree[0] == "~":
            return None if parts[0] is None else not parts[0]
        decisive = tree[0] == "\\/"
        return decisive if decisive in parts else None if None in parts else not decisive


# ---- the paths of one thread ----

class Path:
    def __init__(self, tid, regs):
        self.tid, self.regs = tid, regs  # name: (value, reads it depends on)
        self.events, self.faults = [], set()
        self.pc, self.ctrl, self.zero, self.monitor = 0, frozenset(), (False, frozenset()), None

    def copy(self):
        new = Path(self.tid, dict(self.regs))
        new.events, new.faults = list(self.events), set(self.faults)
        new.pc, new.ctrl, new.zero, new.monitor = self.pc, self.ctrl, self.zero, self.monitor
        return new

    def get(self, operand):
        if operand.startswith("#"):
            return int(operand[1:], 0), frozenset()
        name = register(operand)
        return (0, frozenset()) if name == "XZR" else self.regs.get(name, (0, frozenset()))

    def add(self, kind, **more):
        self.events.append(Event(kind, self.tid, ctrl=self.ctrl, **more))
        return len(self.events) - 1


def paths(test, tid, values):
    """Every path of the thread, if locations can hold these values."""
    code = test.threads[tid]
    labels = {c[0]: i for i, c in enumerate(code) if c[0]}
    start = Path(tid, {r: (v, frozenset()) for (t, r), v in test.regs.items() if t == tid})
    todo = [start]
    while todo:
        path = todo.pop()
        if path.pc >= len(code):
            yield path
            continue
        label, op, args = code[path.pc]
        path.pc += 1
        if op in LOAD | STORE:
            for new, faulted in access(test, path, op, args, label, values):
                if faulted:
                    yield new
                else:
                    todo.append(new)
            continue
        step(path, op, args, labels)
        todo.append(path)


def step(path, op, args, labels):
    """One instruction that does not access memory."""
    fence = FENCE.fullmatch(" ".join([op] + args))
    if fence:
        path.add("F", fence=fence[2] or "SY", dsb=fence[1] == "DSB")
    elif op == "ISB":
        path.add("I")
    elif op == "TLBI":
        page, deps = path.get(args[1]) if len(args) > 1 else (None, frozenset())
        if page is not None and page[0] != "page":
            raise Bad("TLBI needs LSR Xn,address,#12 before it")
        path.add("B", page=page and page[1], shared=args[0].endswith("IS"), addr=deps)
    elif op in ("CBZ", "CBNZ", "B.EQ", "B.NE"):
        if op[0] == "C":
            val, deps = path.get(args[0])
            path.zero = (val == 0, deps)
        path.ctrl |= path.zero[1]
        if labels.get(args[-1], 0) < path.pc:
            raise Bad(f"{args[-1]}: no such label further down")
        if path.zero[0] == (op in ("CBZ", "B.EQ")):
            path.pc = labels[args[-1]]
    elif op == "CMP":
        (a, da), (b, db) = map(path.get, args)
        path.zero = (a == b, da | db)
    elif op in ("MOV", "ADD", "SUB", "EOR", "AND", "LSR"):
        operands = [path.get(a) for a in args[1:]]
        val = compute(op, [v for v, _ in operands])
        path.regs[register(args[0])] = val, frozenset().union(*[d for _, d in operands])
    elif op:
        raise Bad(f"instruction {op}")


def compute(op, v):
    if op == "MOV":
        return v[0]
    if op == "LSR" and isinstance(v[0], str) and v[1] == 12:
        return ("page", v[0])
    if op == "AND" and v[0] != 0 and isinstance(v[0], tuple) and v[1] == 1:
        return v[0][2]  # the valid bit of a descriptor
    if op == "EOR" and v[0] == v[1]:
        return 0
    if op == "ADD" and 0 in v:
        return v[1] if v[0] == 0 else v[0]
    if not all(isinstance(x, int) for x in v):
        raise Bad(f"{op} of an address")
    return {"ADD": v[0] + v[1], "SUB": v[0] - v[1], "EOR": v[0] ^ v[1], "AND": v[0] & v[1]}[op]


def access(test, path, op, args, label, values):
    """(path, faulted) for each way in which a load or store can go."""
    split = next((i for i, a in enumerate(args) if a.startswith("[")), None)
    if split is None:
        raise Bad(f"{op} without an address")
    parts = [a.strip("[] ") for a in args[split:] if a.strip("[] ") not in ("SXTW", "UXTW")]
    loc, addr = path.get(parts[0])
    for part in parts[1:]:
        offset, deps = path.get(part)
        addr |= deps
        if offset != 0:
            raise Bad("an offset that is not zero")
    if not isinstance(loc, str):
        raise Bad(f"{op} at {loc}: not an address")
    if loc not in test.walked:
        yield from translated(path, op, args[:split], label, values, loc, addr, None)
        return
    table = f"PTE({loc})"
    for entry in values[table]:
        new = path.copy()
        walk = new.add("T", loc=table, val=entry, addr=addr, va=loc)
        if entry[2]:
            yield from translated(new, op, args[:split], label, values, entry[1], addr, walk)
        else:
            new.add("X", addr=addr, walk=walk, label=label)
            new.faults.add((path.tid, label))
            yield new, True


def translated(path, op, regs, label, values, loc, addr, walk):
    if op in LOAD:
        for val in values.get(loc, {0}):
            new = path.copy()
            at = new.add("R", loc=loc, val=val, addr=addr, walk=walk, label=label,
                         acq=op in ("LDAR", "LDAXR"))
            new.regs[register(regs[0])] = val, frozenset([at])
            if "X" in op:
                new.monitor = loc, at
            yield new, False
        return
    if "X" in op:  # it may fail; then nothing is stored
        new = path.copy()
        new.regs[register(regs[0])] = 1, frozenset()
        new.monitor = None
        yield new, False
        if not path.monitor or path.monitor[0] != loc:
            return
    new = path.copy()
    val, data = new.get(regs[-1])
    new.add("W", loc=loc, val=val, addr=addr, data=data, walk=walk, label=label,
            rel=op in ("STLR", "STLXR"), pair=new.monitor[1] if "X" in op else None)
    if "X" in op:
        new.regs[register(regs[0])] = 0, frozenset()
        new.monitor = None
    yield new, False


def all_paths(test):
    """For each thread its paths; reads see the values that any path can write."""
    locs = set(test.memory) | {f"PTE({v})" for v in test.walked}
    locs |= {v for v in test.regs.values() if isinstance(v, str)}
    values = {loc: {test.initial(loc)} for loc in locs}
    # A value goes through each store at most once, so this many rounds find all.
    for _ in range(1 + sum(c[1] in STORE for thread in test.threads for c in thread)):
        result = [list(paths(test, tid, values)) for tid in range(len(test.threads))]
        before = sum(map(len, values.values()))
        for event in (e for thread in result for p in thread for e in p.events):
            if event.kind == "W":
                values.setdefault(event.loc, {test.initial(event.loc)}).add(event.val)
        if sum(map(len, values.values())) == before:
            break
    return result
