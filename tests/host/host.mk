# SPDX-License-Identifier: MIT
#
# Pure code on the host, under ASan and UBSan. The top Makefile includes this.
#
#	make test-host		the *_test.c files that need no kernel, and those
#				of tests/host, under cmocka
#	make test-fdt		src/lib/fdt* against Debian's libfdt
#				[FDT_DTBS=files] adds device trees
#	make fuzz-short		each fuzzer FUZZ_SHORT_SECONDS, from the corpus in
#				the tree, always with the same seed
#	make fuzz		each FUZZ_SECONDS, keeping what it finds in
#				build/fuzz
#
# HOST_CC=clang builds the first two with clang. A pure file elsewhere in the
# tree takes part by standing in HOST_SRCS; its test as x_test.c beside it.

HOST_CC		?= gcc
FUZZ_CC		?= clang
FUZZ_SECONDS	?= 600
FUZZ_SHORT_SECONDS ?= 10
DTC		?= dtc
HOST_B		:= build/host/$(notdir $(HOST_CC))
FUZZ_B		:= build/fuzz

# What is under test, without the tests.
HOST_SRCS := $(filter-out %_test.c,$(wildcard src/lib/*.c))
HOST_SRCS += $(addprefix src/shell/,grep.c history.c keys.c lineedit.c \
	lineedit_text.c lineedit_draw.c out.c screen.c table.c complete.c)
HOST_SRCS += mm/layout.c mm/setup.c $(wildcard user/servers/fat*.c user/servers/sd*.c)
HOST_SRCS := $(wildcard $(HOST_SRCS))
HOST_TESTS := $(wildcard src/lib/*_test.c) $(wildcard $(HOST_SRCS:.c=_test.c))
HOST_TESTS := $(sort $(HOST_TESTS)) $(wildcard tests/host/*_test.c) tests/host/sdhci_sim.c

HOST_CPPFLAGS := -DLODGER_HOST -Iinclude -Isrc -I.
HOST_WARNINGS := -Werror -Wall -Wextra -Wshadow -Wundef -Wstrict-prototypes \
	-Wmissing-prototypes -Wwrite-strings -Wno-unused-parameter
HOST_CFLAGS := -std=gnu11 -O1 -g -fno-omit-frame-pointer $(HOST_WARNINGS) \
	-fsanitize=address,undefined -fno-sanitize-recover=all
# A test is judged by its report, not by how long the machine was busy.
HOST_ENV := ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1

host-objects = $(patsubst %.c,$(HOST_B)/%.o,$(1))

$(HOST_B)/%.o: %.c
	@mkdir -p $(@D)
	$(HOST_CC) $(HOST_CPPFLAGS) $(HOST_CFLAGS) -MMD -MP -c $< -o $@

$(HOST_B)/host-tests: $(call host-objects,$(HOST_SRCS) $(HOST_TESTS) tests/host/main.c)
	$(HOST_CC) $(HOST_CFLAGS) $^ -lcmocka -o $@

# Device trees for memory_setup_test.c.
HOST_BOARDS := $(patsubst %.dts,$(HOST_B)/%.dtb,$(wildcard tests/host/boards/*.dts))
$(HOST_BOARDS): tests/host/boards/board.dtsi
$(HOST_B)/tests/host/memory_setup_test.o: \
	HOST_CPPFLAGS += -DBOARDS='"$(HOST_B)/tests/host/boards"'

# File systems for the FAT reader's tests, and their files as mtools reads them.
$(HOST_B)/fat/made: tests/host/fat_images.py
	$(PYTHON) $< $(@D)
	@touch $@
$(addprefix $(HOST_B)/tests/host/,fat_test.o fat_damaged_test.o): \
	HOST_CPPFLAGS += -DIMAGES='"$(HOST_B)/fat"'

.PHONY: test-host
test-host: $(HOST_B)/host-tests $(HOST_BOARDS) $(HOST_B)/fat/made
	$(HOST_ENV) $<

# ---- fdt against libfdt ----

FDT_SRCS := tests/host/fdt_compare.c src/lib/string.c
# Our own trees, those made to be awkward, and a Debian kernel's where there is
# one: of these every tree whole, and mutations of each.
FDT_DTS := $(wildcard boot/dts/*.dts) $(wildcard tests/host/dts/*.dts)
FDT_BUILT := $(patsubst %.dts,$(HOST_B)/%.dtb,$(FDT_DTS))
FDT_DTBS ?=
FDT_MUTATIONS ?= 3000
FDT_DEBIAN = $(shell find /usr/lib/linux-image-* -name '*.dtb' 2>/dev/null)

$(HOST_B)/%.dtb: %.dts
	@mkdir -p $(@D)
	$(DTC) -q -I dts -O dtb $< -o $@

$(HOST_B)/fdt-compare: $(call host-objects,$(FDT_SRCS))
	$(HOST_CC) $(HOST_CFLAGS) $^ -lfdt -o $@

.PHONY: test-fdt
test-fdt: $(HOST_B)/fdt-compare $(FDT_BUILT)
	$(HOST_ENV) $< $(FDT_MUTATIONS) $(FDT_BUILT) $(FDT_DTBS)
	$(if $(FDT_DEBIAN),$(HOST_ENV) $< 20 $(FDT_DEBIAN))

# ---- fuzzers ----

FUZZERS := fdt elf cpio words fat
FUZZ_SRCS := $(filter-out %_test.c,$(wildcard src/lib/*.c)) $(wildcard user/servers/fat*.c)
# Enough for every path and little enough for many runs a second.
FUZZ_MAX_LEN = $(or $(FUZZ_MAX_LEN_$*),2048)
FUZZ_MAX_LEN_fat := 6192

$(FUZZ_B)/fuzz_%: tests/fuzz/fuzz_%.c tests/fuzz/fuzz.h $(FUZZ_SRCS) \
		$(wildcard src/lib/*.h user/servers/*.h include/abi/*.h include/kernel/*.h)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(HOST_CPPFLAGS) $(HOST_WARNINGS) -std=gnu11 -O1 -g \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		$< $(FUZZ_SRCS) -o $@

.PHONY: fuzz-short fuzz $(FUZZERS:%=fuzz-short-%) $(FUZZERS:%=fuzz-%)
fuzz-short: $(FUZZERS:%=fuzz-short-%)
fuzz: $(FUZZERS:%=fuzz-%)

# The corpus in the tree is only read; findings go to build/fuzz. Each run of
# the short ones begins anew.
$(FUZZERS:%=fuzz-short-%): fuzz-short-%: $(FUZZ_B)/fuzz_%
	@rm -rf $(FUZZ_B)/short-$* && mkdir -p $(FUZZ_B)/short-$*
	@$< -seed=1 -max_total_time=$(FUZZ_SHORT_SECONDS) -timeout=5 \
		-max_len=$(FUZZ_MAX_LEN) -artifact_prefix=$(FUZZ_B)/ \
		$(FUZZ_B)/short-$* tests/fuzz/corpus/$* >$<.log 2>&1 || \
		{ tail -40 $<.log; exit 1; }
	@echo "$(<F): $$(grep '^Done' $<.log)"
$(FUZZERS:%=fuzz-%): fuzz-%: $(FUZZ_B)/fuzz_%
	@mkdir -p $(FUZZ_B)/corpus-$*
	$< -max_total_time=$(FUZZ_SECONDS) -max_len=$(FUZZ_MAX_LEN) -timeout=5 \
		-artifact_prefix=$(FUZZ_B)/ $(FUZZ_B)/corpus-$* tests/fuzz/corpus/$*

-include $(patsubst %.o,%.d,$(call host-objects,$(HOST_SRCS) $(HOST_TESTS) \
	tests/host/main.c $(FDT_SRCS)))
