# SPDX-License-Identifier: MIT
#
# Races, by stalling vCPUs of QEMU at random instructions (schedfuzz.c). The top
# Makefile includes this.
#
#	make test-schedfuzz	each strategy, each board, each seed: one boot
#
#	SCHEDFUZZ_SEEDS=1-100		more of them
#	SCHEDFUZZ_BOARDS='raspi4b raspi3b'
#	SCHEDFUZZ_STRATEGIES=shootdown	only that one
#	SCHEDFUZZ_FLAGS='--rounds 5'	of fuzz.py, which --help lists
#
# The kernels have their tests and checks in them, and so few ASIDs that they run
# out all the time. A seed that fails is followed by the command which runs it again.
# The last kernel, the control, has a race planted: every seed must catch it.
# One QEMU at a time: beside another one the host has no CPU left to step into the
# window that a stall opens.

SCHEDFUZZ_SEEDS	?= 1-4
SCHEDFUZZ_BOARDS ?= raspi4b
SCHEDFUZZ_STRATEGIES ?= refcount shootdown slot eager
SCHEDFUZZ_FLAGS	?=
SCHEDFUZZ_SO	:= build/schedfuzz/schedfuzz.so

SCHEDFUZZ_CONFIG := CONFIG_DEBUG_ASSERT=y CONFIG_SELFTEST=y CONFIG_ASID_BITS=3
SCHEDFUZZ_CONFIG_refcount := CONFIG_MMU_LAZY_TLB_REFCOUNT=y
SCHEDFUZZ_CONFIG_shootdown := $(SHOOTDOWN)
SCHEDFUZZ_CONFIG_slot := $(SLOT)
SCHEDFUZZ_CONFIG_eager := $(EAGER)

SCHEDFUZZ_CFLAGS := -std=gnu11 -O2 -shared -fPIC -fvisibility=hidden -Wall -Wextra -Werror

$(SCHEDFUZZ_SO): tests/schedfuzz/schedfuzz.c tests/schedfuzz/qemu_plugin.h \
		tests/schedfuzz/schedfuzz.mk
	@mkdir -p $(@D)
	$(call say,HOSTCC,$@)
	$(Q)$(HOSTCC) $(SCHEDFUZZ_CFLAGS) $< -o $@

# Another configuration is another make, which must not inherit this one's options.
schedfuzz-make = MAKEFLAGS= $(MAKE) -s --no-print-directory -j2 kernel
schedfuzz-config = $(SCHEDFUZZ_CONFIG) $(SCHEDFUZZ_CONFIG_$(1))
schedfuzz-dir = $(call dir-of,$(call schedfuzz-config,$(1)))

schedfuzz-run = $(schedfuzz-make) $(call schedfuzz-config,$(1)) || exit; \
	$(PYTHON) tests/schedfuzz/fuzz.py --plugin $(SCHEDFUZZ_SO) --board $(2) \
		--seeds $(SCHEDFUZZ_SEEDS) $(SCHEDFUZZ_FLAGS) \
		"$(call schedfuzz-dir,$(1))" || status=1;

schedfuzz-control = $(SCHEDFUZZ_CONFIG) CONFIG_BUG=find_resurrects
schedfuzz-run-control = $(schedfuzz-make) $(schedfuzz-control) || exit; \
	$(PYTHON) tests/schedfuzz/fuzz.py --plugin $(SCHEDFUZZ_SO) --seeds $(SCHEDFUZZ_SEEDS) \
		--expect-fail 'panic|audit' --run 'run spawner 100 &' --run settle \
		"$(call dir-of,$(schedfuzz-control))" || status=1;

.PHONY: test-schedfuzz
test-schedfuzz: $(SCHEDFUZZ_SO)
	@status=0; $(foreach s,$(SCHEDFUZZ_STRATEGIES),$(foreach b,$(SCHEDFUZZ_BOARDS),$(call \
		schedfuzz-run,$(s),$(b)))) $(schedfuzz-run-control) exit $$status
