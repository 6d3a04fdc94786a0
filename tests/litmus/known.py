# SPDX-License-Identifier: MIT
"""
Tests whose verdicts are known, from the literature and from Arm's documents: what
model.py is measured against. Each is (name, verdict, initial state, threads,
condition); a thread is its instructions, separated by ';'.
"""

XY = "x=0; y=0; "


def at(*threads):
    """Registers X1 = x and X3 = y in so many threads."""
    return XY + " ".join(f"{t}:X1=x; {t}:X3=y;" for t in threads)


W_X, W_Y = "MOV W0,#1; STR W0,[X1]", "MOV W2,#1; STR W2,[X3]"
R_X, R_Y = "LDR W4,[X1]", "LDR W5,[X3]"
MP, SB = "1:X5=1 /\\ 1:X4=0", "0:X5=0 /\\ 1:X4=0"
CTRL, ADDR = "CBZ W5,L1; L1:", "EOR W6,W5,W5"
WRC = "1:X4=1 /\\ 2:X5=1 /\\ 2:X4=0"
IRIW = "1:X4=1 /\\ 1:X5=0 /\\ 3:X5=1 /\\ 3:X4=0"
XCHG = "MOV W0,#1; LDXR W4,[X1]; STXR W7,W0,[X1]"

# Page tables: X3 = PTE(x), X1 = x; z is a page beside it, y the flag.
TABLE = "z=1; y=0; 0:X1=x; 1:X1=x; 0:X3=PTE(x); 1:X3=PTE(x); 0:X8=y; 1:X8=y; "
FLAG, SEE = "MOV W7,#1; STR W7,[X8]", "LDR W7,[X8]"
TLBI = "LSR X9,X1,#12; TLBI VAE1IS,X9"
MAKE = TABLE + "[PTE(x)]=(oa:PA(x),valid:0); 0:X2=(oa:PA(x),valid:1);"
BREAK = TABLE + "0:X2=(oa:PA(x),valid:0);"
SET, LOAD = "STR X2,[X3]", "L0: LDR W4,[X1]"

KNOWN = [
    ("MP", "Sometimes", at(0, 1), [f"{W_X}; {W_Y}", f"{R_Y}; {R_X}"], MP),
    ("MP+dmb.st+dmb.ld", "Never", at(0, 1),
     [f"{W_X}; DMB ISHST; {W_Y}", f"{R_Y}; DMB ISHLD; {R_X}"], MP),
    ("MP+dmb.ld+dmb.ld", "Sometimes", at(0, 1),
     [f"{W_X}; DMB ISHLD; {W_Y}", f"{R_Y}; DMB ISHLD; {R_X}"], MP),
    ("MP+rel+acq", "Never", at(0, 1),
     [f"{W_X}; MOV W2,#1; STLR W2,[X3]", f"LDAR W5,[X3]; {R_X}"], MP),
    ("MP+dmb+ctrl", "Sometimes", at(0, 1),
     [f"{W_X}; DMB ISH; {W_Y}", f"{R_Y}; {CTRL} {R_X}"], MP),
    ("MP+dmb+ctrlisb", "Never", at(0, 1),
     [f"{W_X}; DMB ISH; {W_Y}", f"{R_Y}; {CTRL} ISB; {R_X}"], MP),
    ("MP+dmb+isb", "Sometimes", at(0, 1),
     [f"{W_X}; DMB ISH; {W_Y}", f"{R_Y}; ISB; {R_X}"], MP),
    ("MP+dmb+addr", "Never", at(0, 1),
     [f"{W_X}; DMB ISH; {W_Y}", f"{R_Y}; {ADDR}; LDR W4,[X1,W6,SXTW]"], MP),
    ("SB", "Sometimes", at(0, 1), [f"{W_X}; {R_Y}", f"{W_Y}; {R_X}"], SB),
    ("SB+dmbs", "Never", at(0, 1),
     [f"{W_X}; DMB ISH; {R_Y}", f"{W_Y}; DMB ISH; {R_X}"], SB),
    ("SB+dmb.sts", "Sometimes", at(0, 1),
     [f"{W_X}; DMB ISHST; {R_Y}", f"{W_Y}; DMB ISHST; {R_X}"], SB),
    ("SB+dsb.sts", "Never", at(0, 1),
     [f"{W_X}; DSB ISHST; {R_Y}", f"{W_Y}; DSB ISHST; {R_X}"], SB),
    ("SB+rel-acqs", "Never", at(0, 1),
     ["MOV W0,#1; STLR W0,[X1]; LDAR W5,[X3]", "MOV W2,#1; STLR W2,[X3]; LDAR W4,[X1]"], SB),
    ("SB+rel-pos", "Sometimes", at(0, 1),
     [f"MOV W0,#1; STLR W0,[X1]; {R_Y}", f"MOV W2,#1; STLR W2,[X3]; {R_X}"], SB),
    ("LB", "Sometimes", at(0, 1), [f"{R_X}; {W_Y}", f"{R_Y}; {W_X}"], "0:X4=1 /\\ 1:X5=1"),
    ("LB+ctrls", "Never", at(0, 1),
     [f"{R_X}; CBZ W4,L1; L1: {W_Y}", f"{R_Y}; {CTRL} {W_X}"], "0:X4=1 /\\ 1:X5=1"),
    ("LB+datas", "Never", at(0, 1),
     [f"{R_X}; STR W4,[X3]", f"{R_Y}; STR W5,[X1]"], "0:X4=1 /\\ 1:X5=1"),
    ("S+rel+ctrl", "Never", at(0, 1),
     ["MOV W0,#2; STR W0,[X1]; MOV W2,#1; STLR W2,[X3]", f"{R_Y}; {CTRL} {W_X}"],
     "1:X5=1 /\\ x=2"),
    ("R+dmb+po", "Sometimes", at(0, 1),
     [f"{W_X}; DMB ISH; {W_Y}", f"MOV W2,#2; STR W2,[X3]; {R_X}"], "y=2 /\\ 1:X4=0"),
    ("2+2W", "Sometimes", at(0, 1),
     [f"{W_X}; MOV W2,#2; STR W2,[X3]", f"{W_Y}; MOV W0,#2; STR W0,[X1]"], "x=1 /\\ y=1"),
    ("2+2W+dmb.sts", "Never", at(0, 1),
     [f"{W_X}; DMB ISHST; MOV W2,#2; STR W2,[X3]",
      f"{W_Y}; DMB ISHST; MOV W0,#2; STR W0,[X1]"], "x=1 /\\ y=1"),
    ("CoRR", "Never", at(0, 1), [W_X, f"LDR W5,[X1]; {R_X}"], MP),
    ("CoWW", "Never", at(0), ["MOV W0,#1; STR W0,[X1]; MOV W0,#2; STR W0,[X1]"], "x=1"),
    ("WRC", "Sometimes", at(0, 1, 2), [W_X, f"{R_X}; {W_Y}", f"{R_Y}; {R_X}"], WRC),
    ("WRC+data+addr", "Never", at(0, 1, 2),
     [W_X, f"{R_X}; STR W4,[X3]", f"{R_Y}; {ADDR}; LDR W4,[X1,W6,SXTW]"], WRC),
    ("WRC+rel+acq", "Never", at(0, 1, 2),
     [W_X, f"{R_X}; MOV W2,#1; STLR W2,[X3]", f"LDAR W5,[X3]; {R_X}"], WRC),
    ("IRIW", "Sometimes", at(0, 1, 2, 3),
     [W_X, f"{R_X}; {R_Y}", W_Y, f"{R_Y}; {R_X}"], IRIW),
    ("IRIW+acqs", "Never", at(0, 1, 2, 3),
     [W_X, f"LDAR W4,[X1]; {R_Y}", W_Y, f"LDAR W5,[X3]; {R_X}"], IRIW),
    ("exclusives-exclude", "Never", at(0, 1), [XCHG, XCHG],
     "0:X7=0 /\\ 1:X7=0 /\\ 0:X4=0 /\\ 1:X4=0"),
    ("exclusives-of-one", "Sometimes", at(0, 1), [XCHG, W_X], "0:X7=0 /\\ 0:X4=0 /\\ x=1"),
    ("MP+rmw+acq", "Sometimes", at(0, 1),
     [f"{W_X}; MOV W2,#1; LDXR W6,[X3]; STXR W7,W2,[X3]", f"LDAR W5,[X3]; {R_X}"], MP),
    ("MP+rmw.rel+acq", "Never", at(0, 1),
     [f"{W_X}; MOV W2,#1; LDXR W6,[X3]; STLXR W7,W2,[X3]", f"LDAR W5,[X3]; {R_X}"], MP),
    ("LB+dmb.sts", "Sometimes", at(0, 1),
     [f"{R_X}; DMB ISHST; {W_Y}", f"{R_Y}; DMB ISHST; {W_X}"], "0:X4=1 /\\ 1:X5=1"),
    ("MP+rel+rmw+acq", "Never", at(0, 1, 2),
     [f"{W_X}; MOV W2,#1; STLR W2,[X3]", "MOV W2,#2; LDXR W5,[X3]; STXR W7,W2,[X3]",
      f"LDAR W5,[X3]; {R_X}"], "1:X7=0 /\\ 1:X5=1 /\\ 2:X5=2 /\\ 2:X4=0"),
    ("MP+rel-coi+acq", "Never", at(0, 1),
     [f"{W_X}; MOV W2,#1; STLR W2,[X3]; MOV W2,#2; STR W2,[X3]", f"LDAR W5,[X3]; {R_X}"],
     "1:X5=2 /\\ 1:X4=0"),
    ("MP+dmb+rmw-rfi-acq", "Never", at(0, 1),
     [f"{W_X}; DMB ISH; {W_Y}", "MOV W2,#2; LDXR W5,[X3]; STXR W7,W2,[X3]; LDAR W6,[X3]; "
      + R_X], MP + " /\\ 1:X7=0 /\\ 1:X6=2"),
    ("MP+dmb+data-rfi-addr", "Never", at(0, 1) + " z=0; 1:X8=z;",
     [f"{W_X}; DMB ISH; {W_Y}", f"{R_Y}; STR W5,[X8]; LDR W7,[X8]; EOR W6,W7,W7; "
      "LDR W4,[X1,W6,SXTW]"], MP + " /\\ 1:X7=1"),
    ("SB+rfi-addr+dmb", "Sometimes", at(0, 1),
     [f"{W_X}; {R_X}; EOR W6,W4,W4; LDR W5,[X3,W6,SXTW]", f"{W_Y}; DMB ISH; {R_X}"],
     SB + " /\\ 0:X4=1"),
    # An entry is made valid: seen by this CPU, by another.
    ("make", "Sometimes", MAKE, [f"{SET}; {LOAD}"], "fault(P0:L0,x)"),
    ("make+dmb-isb", "Sometimes", MAKE, [f"{SET}; DMB ISH; ISB; {LOAD}"], "fault(P0:L0,x)"),
    ("make+dsb", "Sometimes", MAKE, [f"{SET}; DSB ISH; {LOAD}"], "fault(P0:L0,x)"),
    ("make+dsb.st-isb", "Never", MAKE, [f"{SET}; DSB ISHST; ISB; {LOAD}"], "fault(P0:L0,x)"),
    ("make+dsb.ld-isb", "Sometimes", MAKE, [f"{SET}; DSB ISHLD; ISB; {LOAD}"],
     "fault(P0:L0,x)"),
    ("make+MP+dsb+dmb.ld", "Sometimes", MAKE,
     [f"{SET}; DSB ISH; {FLAG}", f"{SEE}; DMB LD; {LOAD}"], "1:X7=1 /\\ fault(P1:L0,x)"),
    ("make+MP+dsb+dsb-isb", "Never", MAKE,
     [f"{SET}; DSB ISH; {FLAG}", f"{SEE}; DSB ISH; ISB; {LOAD}"],
     "1:X7=1 /\\ fault(P1:L0,x)"),
    ("make+MP+shoot+dmb.ld", "Never", MAKE,
     [f"{SET}; DSB ISH; {TLBI}; DSB ISH; {FLAG}", f"{SEE}; DMB LD; {LOAD}"],
     "1:X7=1 /\\ fault(P1:L0,x)"),
    # A valid entry is replaced, or cleared.
    ("valid-to-valid", "Never", TABLE + "0:X2=(oa:PA(z),valid:1);", [f"{SET}; {LOAD}"],
     "fault(P0:L0,x)"),
    ("replace+MP+shoot+po", "Sometimes", TABLE + "0:X2=(oa:PA(z),valid:1);",
     [f"{SET}; DSB ISH; {TLBI}; DSB ISH; {FLAG}", f"{SEE}; {LOAD}"], "1:X7=1 /\\ 1:X4=0"),
    ("replace+MP+shoot+dmb.ld", "Never", TABLE + "0:X2=(oa:PA(z),valid:1);",
     [f"{SET}; DSB ISH; {TLBI}; DSB ISH; {FLAG}", f"{SEE}; DMB LD; {LOAD}"],
     "1:X7=1 /\\ 1:X4=0"),
    ("break+dsb-isb", "Sometimes", BREAK, [f"{SET}; DSB ISH; ISB; {LOAD}"],
     "~fault(P0:L0,x)"),
    ("break+dsb-tlbi-dsb-isb", "Never", BREAK,
     [f"{SET}; DSB ISH; {TLBI}; DSB ISH; ISB; {LOAD}"], "~fault(P0:L0,x)"),
    ("break+dsb.st-tlbi-dsb-isb", "Never", BREAK,
     [f"{SET}; DSB ISHST; {TLBI}; DSB ISH; ISB; {LOAD}"], "~fault(P0:L0,x)"),
    ("break+dsb.ld-tlbi-dsb-isb", "Sometimes", BREAK,
     [f"{SET}; DSB ISHLD; {TLBI}; DSB ISH; ISB; {LOAD}"], "~fault(P0:L0,x)"),
    ("break+dsb-tlbi-dsb.st-isb", "Sometimes", BREAK,
     [f"{SET}; DSB ISH; {TLBI}; DSB ISHST; ISB; {LOAD}"], "~fault(P0:L0,x)"),
    ("break+MP+shoot+dsb-isb", "Never", BREAK,
     [f"{SET}; DSB ISH; {TLBI}; DSB ISH; {FLAG}", f"{SEE}; DSB ISH; ISB; {LOAD}"],
     "1:X7=1 /\\ ~fault(P1:L0,x)"),
    ("break+MP+local-shoot+dmb.ld", "Sometimes", BREAK,
     [f"{SET}; DSB ISH; LSR X9,X1,#12; TLBI VAE1,X9; DSB ISH; {FLAG}",
      f"{SEE}; DMB LD; {LOAD}"], "1:X7=1 /\\ ~fault(P1:L0,x)"),
]


def text(name, init, threads, condition):
    """The test as a file has it."""
    columns = [[f"P{i}"] + [c.strip() for c in t.replace("L1: ", "L1:; ").split(";")]
               for i, t in enumerate(threads)]
    height = max(map(len, columns))
    rows = [" | ".join(c[i] if i < len(c) else "" for c in columns) + " ;"
            for i in range(height)]
    return "\n".join([f"AArch64 {name}", "{", init, "}"] + rows + [f"exists ({condition})", ""])
