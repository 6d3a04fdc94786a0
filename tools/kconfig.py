#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Reads include/kconfig.h, the only list of options there is.

  kconfig.py flags CONFIG_X=value ...
      checks overrides given to make; prints the suffix of the build folder and
      then one -D for each, on one line
  kconfig.py table
      prints the C file behind the shell's `config` command, which also checks
      every range when it is compiled
"""
import pathlib
import re
import sys

HEADER = pathlib.Path(__file__).resolve().parent.parent / "include/kconfig.h"

ENTRY = re.compile(
    r"/\*\n"
    r" \* (?P<name>[A-Z0-9_]+) \((?P<range>[^)]*)\): (?P<help>[^\n]+)\n"
    r" \*\n"
    r"(?P<prose>(?: \* [^\n]+\n| \*\n)+)"
    r" \*/\n"
    r"#ifndef CONFIG_(?P=name)\n"
    r"#define CONFIG_(?P=name) (?P<default>[^\n]+)\n"
    r"#endif\n")


class Bad(Exception):
    pass


class Option:
    def __init__(self, match):
        self.name, self.help = match["name"], match["help"]
        self.default = match["default"]
        self.range = match["range"]
        self.names = None
        if self.range == "name":
            self.names = re.findall(r"^ \*   ([a-z0-9_]+)  ", match["prose"], re.M)
            self.min, self.max = 0, len(self.names) - 1
        elif self.range == "y/n":
            self.min, self.max = 0, 1
        else:
            numbers = re.fullmatch(r"(\d+)\.\.(\d+)", self.range)
            if not numbers:
                raise Bad(f"{HEADER.name}: {self.name}: range is not y/n, name or min..max")
            self.min, self.max = int(numbers[1]), int(numbers[2])

    def parse(self, text):
        """The number that an override stands for."""
        if self.names:
            number = self.names.index(text) if text in self.names else None
        elif self.range == "y/n":
            number = {"y": 1, "1": 1, "n": 0, "0": 0}.get(text)
        else:
            number = int(text) if re.fullmatch(r"0|[1-9]\d*", text) else None
        if number is None or not self.min <= number <= self.max:
            raise Bad(f"CONFIG_{self.name}={text}: must be {self.spelled_range()}")
        return number

    def spelled_range(self):
        return "one of " + " ".join(self.names) if self.names else self.range

    def spell(self, number):
        if self.names:
            return self.names[number]
        return "ny"[number] if self.range == "y/n" else str(number)


def read_options():
    text = HEADER.read_text()
    options = {m["name"]: Option(m) for m in ENTRY.finditer(text)}
    for name in re.findall(r"^#\s*define CONFIG_(\w+)", text, re.M):
        if name not in options:
            raise Bad(f"{HEADER.name}: CONFIG_{name} does not have the form of an entry")
    return options


def flags(options, overrides):
    suffix, defines = "", []
    for override in sorted(overrides):
        name, _, text = override.partition("=")
        option = options.get(name.removeprefix("CONFIG_"))
        if not option:
            raise Bad(f"{name}: no such option; include/kconfig.h has "
                      + " ".join(f"CONFIG_{o}" for o in options))
        number = option.parse(text)
        suffix += f"-{option.name}-{option.spell(number)}"
        defines.append(f"-DCONFIG_{option.name}={number}")
        if option.names and number:
            defines.append(f"-DCONFIG_{option.name}_{option.names[number]}=1")
    print(suffix, *defines)


def table(options):
    print("/* Generated from include/kconfig.h by tools/kconfig.py. */")
    print('#include "core/kconfig_table.h"\n')
    for o in options.values():
        print(f"_Static_assert(CONFIG_{o.name} >= {o.min} && CONFIG_{o.name} <= {o.max},\n"
              f'\t       "CONFIG_{o.name} must be {o.range}");')
    print("\nconst struct kconfig_entry kconfig_table[] = {")
    for o in options.values():
        help_text = o.help.replace("\\", "\\\\").replace('"', '\\"')
        yes_no = int(o.range == "y/n")
        print(f'\t{{ "{o.name}", CONFIG_{o.name}, {o.default}, {yes_no},\n\t  "{help_text}" }},')
    print("};")
    print(f"const unsigned int kconfig_count = {len(options)};")


def main(argv):
    try:
        options = read_options()
        if len(argv) > 2 and argv[1] == "flags":
            flags(options, argv[2:])
        elif argv[1:] == ["table"]:
            table(options)
        else:
            sys.exit(__doc__.strip())
    except Bad as error:
        sys.exit(str(error))


main(sys.argv)
