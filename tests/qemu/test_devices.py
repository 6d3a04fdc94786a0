# SPDX-License-Identifier: MIT
"""Devices for drivers that are programs: user/devtest, in init's place."""
import re

import pytest

pytestmark = pytest.mark.targets(configs=["refcount"])


# With one CPU the driver is on that of the interrupt, and goes on at once (src/ipc/signal.S).
@pytest.mark.parametrize("cpus", ["", " nosmp"], ids=["all", "one"])
def test_registers_and_interrupts(target, cpus):
    with target.boot(append="init=devtest" + cpus, services=True, boot=False) as m:
        m.wait_for(r"devtest: (\d+) failed")
        said = re.findall(r"devtest: .*", m.transcript())
        assert said[-1] == "devtest: 0 failed", said
        m.wait_for(r"lodger> ")
        m.script()
        assert "program" not in m.run("irq").ok().text  # the line was given back
        m.run("mm check").ok()
