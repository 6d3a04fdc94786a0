# SPDX-License-Identifier: MIT
#
# Builds the kernel and its programs; `make help` says what else. The compiler
# and all flags are in config.mk, the kernel's options in include/kconfig.h.
#
# Objects go to build/<config>/, where <config> names the compiler and every
# option that is overridden, so that configurations never share an object.
#
#   sources -> obj/*.o -> pass1.elf --nm--> gen/ksyms.S -> kernel.elf -> kernel8.img

LODGER_VERSION := 0.1.0

.DEFAULT_GOAL := kernel
MAKEFLAGS += --no-builtin-rules --no-builtin-variables
.SUFFIXES:
.DELETE_ON_ERROR:
FORCE:
Q := $(if $(V),,@)
say = @printf '  %-8s %s\n' $(1) '$(2)'

# ---- install what these goals need, before anything is looked for ----

# A makefile that is included is remade first; if setup had to install
# something it touches the stamp, and make starts anew and finds it.
NEED_TEST_SETUP := test check check-sparse test-host test-fdt fuzz-short fuzz test-schedfuzz \
	test-bugs test-mmtorture test-model test-relacy test-sdk bench
NEED_CARD_SETUP := sdcard run-sd run-uboot
NEED_SETUP := run debug test-sdcard-long $(NEED_TEST_SETUP) $(NEED_CARD_SETUP)
asked-for = $(filter $(1),$(MAKECMDGOALS))
SETUP_GOALS := run $(if $(call asked-for,debug),debug) \
	$(if $(call asked-for,$(NEED_CARD_SETUP)),card $(filter fit,$(BOOT))) \
	$(if $(call asked-for,$(NEED_TEST_SETUP)),test) \
	$(if $(call asked-for,test-sdcard-long),test fit)
ifneq ($(filter $(NEED_SETUP),$(MAKECMDGOALS)),)
ifndef LODGER_SETUP_DONE
include build/setup.mk
build/setup.mk: FORCE
	@mkdir -p build
	@tools/setup --stamp $@ $(SETUP_GOALS)
endif
endif

# ---- configuration ----

include config.mk

OVERRIDES := $(sort $(foreach v,$(filter CONFIG_%,$(.VARIABLES)),\
	$(if $(filter command line,$(origin $(v))),$(v)=$($(v)))))
ifneq ($(OVERRIDES),)
override_words := $(shell $(PYTHON) tools/kconfig.py flags $(foreach o,$(OVERRIDES),'$(o)'))
ifneq ($(.SHELLSTATUS),0)
$(error bad CONFIG_ option, see above)
endif
CONFIG_SUFFIX := $(firstword $(override_words))
CONFIG_FLAGS := $(wordlist 2,$(words $(override_words)),$(override_words))
endif

B := build/$(CC_TAG)$(CONFIG_SUFFIX)
SELFTEST := $(patsubst -DCONFIG_SELFTEST=%,%,$(filter -DCONFIG_SELFTEST=%,$(CONFIG_FLAGS)))
SELFTEST := $(or $(SELFTEST),$(shell sed -n 's/^#define CONFIG_SELFTEST //p' include/kconfig.h))

CPPFLAGS = $(KERNEL_CPPFLAGS) $(CONFIG_FLAGS)
CFLAGS = $(CC_TARGET) $(KERNEL_CFLAGS) $(CPPFLAGS)
ASFLAGS = $(CC_TARGET) $(KERNEL_ASFLAGS) $(CPPFLAGS)

# ---- sources ----

DIRS := boot $(patsubst %/,%,$(sort $(dir $(wildcard src/*/*.[cS] src/*/*/*.[cS])))) \
	src drivers mm sched
ALL_SRCS := $(foreach d,$(DIRS),$(sort $(wildcard $(d)/*.c)))
SRCS := $(filter-out boot/offsets.c $(if $(filter 0,$(SELFTEST)),%_test.c),$(ALL_SRCS))
ASMS := $(foreach d,$(DIRS),$(sort $(wildcard $(d)/*.S)))
ASMS := $(filter-out %.lds.S,$(ASMS))
OBJS := $(SRCS:%.c=$(B)/obj/%.o) $(ASMS:%.S=$(B)/obj/%.S.o) $(B)/obj/gen/kconfig_table.o
DTBS := $(patsubst boot/dts/%.dts,$(B)/%.dtb,$(wildcard boot/dts/*.dts))

# ---- user programs ----

# user.mk defines INITRAMFS, an archive below $(B), and how to make it.
INITRAMFS := $(B)/initramfs.cpio
ifneq ($(wildcard user/user.mk),)
include user/user.mk
else
$(INITRAMFS): tools/mkcpio | toolchain
	$(Q)mkdir -p $(@D)
	$(call say,CPIO,$@ (empty))
	$(Q)$(PYTHON) tools/mkcpio $@
endif

# ---- the kernel ----

.PHONY: kernel toolchain
kernel: $(B)/kernel8.img $(DTBS)
	$(Q)cmp -s $< build/kernel8.img || cp $< build/kernel8.img

toolchain:
	$(if $(TOOLS_MISSING),$(error not found: $(TOOLS_MISSING). On Debian and Ubuntu \
		tools/setup installs it; config.mk says which names are looked for))

# The flags are part of what an object is made from.
$(B)/flags: FORCE | toolchain
	@mkdir -p $(@D)/gen
	@printf '%s\n' '$(CC) $(CFLAGS) $(BOOT_CFLAGS) $(ASFLAGS) $(KERNEL_LDFLAGS)' \
		"$$($(CC) --version | head -n 1)" | tools/write-if-changed $@

# private: not for what these objects are made from, the stamp of the flags too.
$(B)/obj/boot/%.o: private CFLAGS += $(BOOT_CFLAGS)
$(B)/obj/boot/dtb.S.o: $(DTBS)
$(B)/obj/boot/initramfs.S.o: $(INITRAMFS)
$(B)/obj/src/core/build_info.o: $(B)/gen/build_info.h
# gcc would find out that the loop of memcpy() is a memcpy, and call it.
$(B)/obj/src/lib/string.o: private CFLAGS += -fno-builtin $(if $(filter \
	gcc,$(CC_KIND)),-fno-tree-loop-distribute-patterns)

# Nobody waits for these: small rather than fast.
SMALL := boot/early drivers/framebuffer drivers/gpio drivers/mailbox drivers/registers \
	drivers/uart drivers/watchdog mm/layout mm/ledger mm/race mm/setup sched/hotplug \
	sched/mm_check sched/watchdogd src/main src/device_tree \
	$(addprefix src/core/,audit backtrace log machine panic power smp_boot) \
	$(addprefix src/lib/,cmdline cpio elf fdt fdt_query format suggest vt words) \
	$(addprefix src/ipc/,audit device_object interrupt_object) \
	$(addprefix src/task/,initramfs leak mmtorture mmtorture_ops services syscall_device)
$(SMALL:%=$(B)/obj/%.o): private CFLAGS += -Os
$(B)/obj/src/shell/%.o: private CFLAGS += -Os
$(filter %_test.o,$(OBJS)): private CFLAGS += -Os

compile = $(Q)mkdir -p $(@D); $(CC) $(1) -MMD -MP -MF $(@:.o=.d) -c -o $@ $<

$(B)/obj/%.o: %.c $(B)/flags
	$(call say,CC,$<)
	$(call compile,$(CFLAGS))

$(B)/obj/%.S.o: %.S $(B)/flags | $(B)/gen/offsets.h
	$(call say,AS,$<)
	$(call compile,$(ASFLAGS))

$(B)/obj/gen/%.o: $(B)/gen/%.c $(B)/flags
	$(call say,CC,$<)
	$(call compile,$(CFLAGS))

$(B)/obj/gen/%.o: $(B)/gen/%.S $(B)/flags
	$(call compile,$(ASFLAGS))

$(B)/gen/kernel.lds: boot/kernel.lds.S $(B)/flags
	$(Q)$(CC) $(ASFLAGS) -E -P -MMD -MP -MF $@.d -MT $@ -o $@ $<

link = $(LD) $(KERNEL_LDFLAGS) -T $(B)/gen/kernel.lds -Map=$(@:.elf=.map) -o $@ $(filter %.o,$^)

# First without symbols: their table moves the text by whole pages only, ...
$(B)/pass1.elf: $(OBJS) $(B)/obj/gen/ksyms0.o $(B)/gen/kernel.lds
	$(Q)$(link)

# ... then with those of the first link; and those of the second are the same.
$(B)/kernel.elf: $(OBJS) $(B)/obj/gen/ksyms.o $(B)/gen/kernel.lds
	$(call say,LD,$@)
	$(Q)$(link)
	$(Q)$(OBJDUMP) -d --start-address=0xffffffff80080000 \
		--stop-address=0xffffffff80080004 $@ | grep -q primary_entry || \
		{ echo "$@: _start does not branch to primary_entry"; exit 1; }
	$(Q)$(NM) $@ | $(PYTHON) tools/ksyms.py | cmp -s - $(B)/gen/ksyms.S || \
		{ echo "$@: code moved between the two links"; exit 1; }

$(B)/gen/ksyms0.S: tools/ksyms.py | $(B)/flags
	$(Q)$(PYTHON) $< </dev/null >$@

$(B)/gen/ksyms.S: $(B)/pass1.elf tools/ksyms.py
	$(Q)$(NM) $< | $(PYTHON) tools/ksyms.py >$@

$(B)/kernel8.img: $(B)/kernel.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY) -O binary $< $@

# ---- generated sources ----

$(B)/gen/kconfig_table.c: include/kconfig.h tools/kconfig.py | $(B)/flags
	$(Q)$(PYTHON) tools/kconfig.py table >$@

# Structure offsets for assembly: the compiler writes "->NAME value" lines.
$(B)/gen/offsets.h: $(wildcard boot/offsets.c) $(B)/flags
	$(Q){ echo '/* Generated from boot/offsets.c. */'; \
	if [ -f boot/offsets.c ]; then \
		$(CC) $(CFLAGS) $(OFFSETS_CFLAGS) -MMD -MP -MF $@.d -MT $@ \
			-S -o $@.s boot/offsets.c || exit; \
		sed -n 's/^[^-]*->\([A-Za-z_0-9]*\) [$$#]*\([-0-9]*\).*/#define \1 \2/p' $@.s; \
	fi; } >$@

$(B)/gen/build_info.h: FORCE | $(B)/flags
	@{ echo '#define LODGER_VERSION "$(LODGER_VERSION)"'; \
	printf '#define LODGER_GIT "%s"\n' \
		"$$(git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)"; \
	echo '#define LODGER_CONFIG "$(or $(strip $(OVERRIDES:CONFIG_%=%)),defaults)"'; \
	} | tools/write-if-changed $@

$(B)/%.dtb: boot/dts/%.dts $(B)/flags
	$(call say,DTC,$@)
	$(Q)$(DTC) $(DTC_FLAGS) -o $@ $<

-include $(OBJS:.o=.d) $(B)/gen/kernel.lds.d $(B)/gen/offsets.h.d

# ---- run it ----

BOARD ?= raspi4b
RUN_FLAGS = --dir $(B) --board $(BOARD) $(if $(INITRD),--initrd '$(INITRD)') \
	$(if $(APPEND),--append '$(APPEND)')

.PHONY: run debug
run: kernel
	@tools/run $(RUN_FLAGS)

debug: kernel
	@tools/run $(RUN_FLAGS) --gdb

# ---- check it ----

.PHONY: test test-bugs test-mmtorture test-sdk bench
test-bugs:
	@$(PYTHON) tests/bugs/run.py

MMTORTURE_SECONDS ?= 60
test-mmtorture:
	@MMTORTURE_SECONDS=$(MMTORTURE_SECONDS) $(PYTHON) -m pytest -q tests/qemu/test_mmtorture.py

test-sdk:
	@LODGER_SETUP_DONE=1 $(PYTHON) -m pytest -v tests/sdk

test:
	@LODGER_SETUP_DONE=1 $(PYTHON) tools/test-all --make '$(MAKE)'

# The laboratory build for the table of strategies; each by itself for its hooks.
LAB := CONFIG_MMU_LAZY_TLB_LAB=y
SHOOTDOWN := CONFIG_MMU_LAZY_TLB_REFCOUNT=n
SLOT := CONFIG_MMU_LAZY_TLB_REFCOUNT=n CONFIG_MMU_LAZY_TLB_SLOT=y
EAGER := CONFIG_MMU_LAZY_TLB_REFCOUNT=n CONFIG_MMU_LAZY_TLB_EAGER=y
# Where `make OPTIONS` puts its kernel.
dir-of = build/$(CC_TAG)$(firstword $(shell $(PYTHON) tools/kconfig.py flags $(1)))
bench: kernel
	@for options in '$(LAB)' '$(SHOOTDOWN)' '$(SLOT)' '$(EAGER)'; do \
		MAKEFLAGS= $(MAKE) -s --no-print-directory $$options kernel || exit; done
	@$(PYTHON) tools/bench $(B) $(foreach o,LAB SHOOTDOWN SLOT EAGER,$(call dir-of,$($(o))))

include sdk/sdk.mk
include tools/check.mk
include boot/chainloader/chainloader.mk
include tools/sdcard.mk
include tests/host/host.mk
include tests/schedfuzz/schedfuzz.mk
include tests/model/model.mk

# ---- the rest ----

.PHONY: compile_commands.json size help setup clean
compile_commands.json: $(B)/flags $(B)/gen/build_info.h $(B)/gen/offsets.h
	@{ printf '$(CC) $(CFLAGS) -c %s\n' $(SRCS); \
	printf '$(CC) $(ASFLAGS) -c %s\n' $(ASMS); \
	printf '$(USER_CC) $(USER_CFLAGS) -c %s\n' $(USER64_SRCS); \
	printf '$(ARM32_CC) $(USER32_CFLAGS) $(USER32_CFLAGS_32) -c %s\n' $(USER32_ONLY); \
	} | $(PYTHON) tools/compile-commands >$@

size: $(B)/kernel.elf $(B)/kernel8.img
	@$(SIZE) -A -d $< | awk -v image=$$(wc -c <$(B)/kernel8.img) ' \
		/^\.(head|initramfs|rodata|text|data|bss) / { printf "%-22s %9d\n", $$1, $$2 } \
		$$1 == ".initramfs" { programs = $$2 } \
		END { printf "image                  %9d\nimage without programs %9d\n", \
			image, image - programs }'

setup:
	@tools/setup

help:
	@cat tools/help.txt

clean:
	rm -rf build compile_commands.json
