# SPDX-License-Identifier: MIT
"""
The executions of a litmus test, and which of them the Arm memory model allows.

    test = Test(text)
    observation(test)       # "Never", "Sometimes" or "Always"

This is our own approximation of Arm's axiomatic model (Arm ARM B2.3), small enough
to be read; herd7 is the reference. An execution is one path of each thread, a
write for each read to read from (rf) and an order of the writes to each
location (co). It is allowed if

    internal    po-loc, rf, co and fr have no cycle: one location behaves as one
    atomic      nothing comes between the halves of an exclusive pair
    external    ob has no cycle: observation between threads (rf, co, fr), and what
                a thread keeps in order: dependencies, exclusives, acquire and
                release, barriers (function local)

One size of access, all CPUs in one inner shareable domain.

Page tables: where PTE(x) is mentioned, an access to x is preceded by a walk, an
implicit read of PTE(x), and goes to the page that it names or faults (the thread
then ends). For Armv8.0, without FEAT_ETS2, a walk

  - is ordered behind what comes before only by a context synchronisation event
    (ISB) behind a DSB or a control dependency, or by an address dependency
  - may read any old *valid* value, as from a TLB, unless a TLBI lies between; that
    it read an invalid one is coherent, because those are not cached
  - that came before a TLBI is complete, with its access, before what follows the
    DSB behind the TLBI

One level of tables, no ASIDs, no hardware update of descriptors.
"""
import itertools

from litmus import Event, all_paths

# ---- what a thread keeps in order ----

def local(events):
    """Pairs (i, j), i before j in the thread, that the machine keeps in this order."""
    ob = set()
    for j, b in enumerate(events):
        for i, a in enumerate(events[:j]):
            between = events[i + 1:j]
            if dependency(events, i, j) or exclusive(events, i, j) or barrier(a, b, between) \
                    or a.kind in "RW" and b.kind == "W" and a.loc == b.loc \
                    or a.kind == "I" or a.kind == "T" and walk_before(events, i, j):
                ob.add((i, j))
    return ob


def dependency(events, i, j):
    b, between = events[j], range(i + 1, j)
    if i in b.addr | b.data or i in b.ctrl and b.kind in "WI":
        return True
    if b.kind in "WI" and any(i in events[c].addr and events[c].kind in "RW" for c in between):
        return True
    return any(i in events[c].addr | events[c].data and local_read(events, c, j)
               for c in between)


def local_read(events, w, r):
    """r reads the location that w has just written, nothing in between."""
    return events[w].kind == "W" and events[r].kind == "R" and \
        events[w].loc == events[r].loc and \
        not any(e.kind == "W" and e.loc == events[r].loc for e in events[w + 1:r])


def exclusive(events, i, j):
    if events[j].pair == i:
        return True
    return events[j].acq and any(events[c].pair == i and local_read(events, c, j)
                                 for c in range(i + 1, j))


def barrier(a, b, between):
    if a.kind in "RW" and b.kind in "RWX":
        if a.acq or b.rel or a.rel and b.acq:
            return True
    for fence in (e for e in between if e.kind == "F"):
        ordered = a.kind in {"SY": "RW", "LD": "R", "ST": "W"}[fence.fence]
        if fence.dsb:  # nothing but walks goes on before it is complete
            ordered |= fence.fence == "SY" and a.kind in "TB"
            if ordered and b.kind not in "TF":
                return True
        elif ordered and b.kind in ("WX" if fence.fence == "ST" else "RWX"):
            return True
    return False


def walk_before(events, i, j):
    """The walk i comes before its access and all writes; before an ISB if its access
    does."""
    mine = next((c for c, e in enumerate(events) if e.walk == i), None)
    return j == mine or mine is not None and mine < j and events[j].kind in "WI"


# ---- the executions of all threads ----

def acyclic(edges):
    after = {}
    for a, b in edges:
        after.setdefault(a, set()).add(b)
    state = {}

    def visit(node):
        state[node] = 1
        for other in after.get(node, ()):
            if state.get(other) == 1 or other not in state and not visit(other):
                return False
        state[node] = 2
        return True
    return all(n in state or visit(n) for n in list(after))


def reaches(edges, start):
    found, todo = set(), [start]
    while todo:
        node = todo.pop()
        new = {b for a, b in edges if a == node} - found
        found |= new
        todo += new
    return found


class Execution:
    """One path of each thread. Events are numbered through; -1 stands for the writes
    of the initial state."""

    def __init__(self, test, chosen):
        self.test, self.events, self.fixed, self.po_loc = test, [], set(), set()
        for path in chosen:
            base = len(self.events)
            self.events += [renumbered(e, base) for e in path.events]
            self.fixed |= {(base + i, base + j) for i, j in local(path.events)}
            self.po_loc |= {(base + i, base + j) for j, b in enumerate(path.events)
                            for i, a in enumerate(path.events[:j])
                            if a.kind in "RW" and b.kind in "RW" and a.loc == b.loc}
        number = range(len(self.events))
        self.writes = {}
        for n in number:
            if self.events[n].kind == "W":
                self.writes.setdefault(self.events[n].loc, []).append(n)
        self.reads = [n for n in number if self.events[n].kind in "RT"]
        self.reach = {n: reaches(self.fixed, n) for n in number if self.events[n].kind in "TB"}

    def sources(self, n):
        read = self.events[n]
        return [w for w in self.writes.get(read.loc, []) if self.events[w].val == read.val] + \
            ([-1] if self.test.initial(read.loc) == read.val else [])

    def allowed(self, free):
        """The final memory of each execution that the model allows; if free, of each."""
        orders = [[(loc, order) for order in itertools.permutations(ws)]
                  for loc, ws in self.writes.items()]
        for co in map(dict, itertools.product(*orders)):
            for rf in itertools.product(*map(self.sources, self.reads)):
                if free or self.consistent(co, dict(zip(self.reads, rf))):
                    yield lambda loc, co=co: self.events[co[loc][-1]].val \
                        if co.get(loc) else self.test.initial(loc)

    def consistent(self, co, rf):
        ev = self.events
        later = {w: order[i + 1:] for order in co.values() for i, w in enumerate(order)}
        fr = {(r, w) for r, src in rf.items()
              for w in (later[src] if src >= 0 else co.get(ev[r].loc, ()))}
        coe = {(a, b) for a, ws in later.items() for b in ws}
        reads = {(w, r) for r, w in rf.items() if w >= 0}
        explicit = {(a, b) for a, b in fr | coe | reads if "T" not in (ev[a].kind, ev[b].kind)}
        if not acyclic(self.po_loc | explicit):
            return False
        for w, e in enumerate(ev):
            if e.pair is not None and any(ev[o].tid != e.tid and w in later[o]
                                          for r, o in fr if r == e.pair):
                return False
        ob = self.fixed | {(a, b) for a, b in explicit if ev[a].tid != ev[b].tid}
        ob |= {(w, r) for w, r in reads if ev[r].kind == "T"}
        faulty = {e.walk for e in ev if e.kind == "X"}
        ob |= {(t, w) for t, w in fr if t in faulty}
        return acyclic(ob) and any(acyclic(ob | more) for more in self.tlbi_orders(fr))

    def tlbi_orders(self, fr):
        """Each walk comes before or after each TLBI that concerns it."""
        ev, choices = self.events, []
        for b in (n for n, e in enumerate(ev) if e.kind == "B"):
            for t in (n for n, e in enumerate(ev) if e.kind == "T"):
                here = ev[b].tid == ev[t].tid
                if not (ev[b].shared or here) or ev[b].page not in (None, ev[t].va):
                    continue
                user = next(n for n, e in enumerate(ev) if e.walk == t)
                before = {(t, n) for n in self.reach[b]}
                if not here:
                    before |= {(user, n) for n in self.reach[b]}
                after = {(b, w) for r, w in fr if r == t}
                choices.append([before] if b in self.reach[t] else [before, after])
        for combination in itertools.product(*choices):
            yield set().union(*combination)


def renumbered(event, base):
    new = Event(event.kind, event.tid)
    new.__dict__.update(event.__dict__)
    new.pair = None if event.pair is None else event.pair + base
    new.walk = None if event.walk is None else event.walk + base
    return new


def observation(test, free=False):
    """As herd7 has it: does the condition hold in all, some or none of the allowed
    executions? free: as if the model allowed everything."""
    seen = set()
    for chosen in itertools.product(*all_paths(test)):
        regs = {(p.tid, r): v for p in chosen for r, (v, _) in p.regs.items()}
        faults = set().union(*(p.faults for p in chosen))
        early = test.condition.holds(regs, faults, None)
        if early is not None and early in seen or early is False and not test.condition.forall:
            continue
        for memory in Execution(test, chosen).allowed(free):
            seen.add(test.condition.holds(regs, faults, memory))
            if early is not None:
                break
    if test.condition.forall:
        return "Always" if seen == {True} else "Sometimes" if True in seen else "Never"
    return "Sometimes" if True in seen else "Never"
