# SPDX-License-Identifier: MIT
#
# AArch32 programs: some of the same programs twice more, NAME32 in A32 instructions
# and NAME32t in T32. Included by user.mk.
#
# They are made from the same sources; where those are of one width, a file NAME32.c or
# NAME32.S stands in for NAME.c or NAME.S. Debian's arm-none-eabi-gcc and its picolibc build
# them, whatever builds the kernel. The C library and libgcc are T32 code in both.

USER32_PROGRAMS := crash echo exec fpu hello spin square sysfuzz threads usertests

USER32_STRIP := $(ARM32_CROSS_COMPILE)strip
ifeq ($(filter /%,$(shell $(or $(ARM32_CC),false) -print-file-name=picolibc.specs 2>/dev/null)),)
TOOLS_MISSING += gcc-arm-none-eabi picolibc-arm-none-eabi
endif

# Debian's library does not say that it needs no executable stack (-z noexecstack).
# Its smaller printf knows no 64-bit numbers here, so this is the other one.
USER32_CFLAGS := -specs=picolibc.specs -std=gnu11 -Os -g -march=armv8-a+simd -mfloat-abi=hard \
	-mtp=cp15 -fno-pie -fno-common -fno-stack-protector -fno-asynchronous-unwind-tables \
	-ffunction-sections -fdata-sections -ffile-prefix-map=$(CURDIR)=. \
	-Iinclude -Iuser/lib $(WARNINGS)
USER32_KINDS := 32 32t
USER32_CFLAGS_32 := -marm -DLODGER_KIND=32
USER32_CFLAGS_32t := -mthumb -DLODGER_KIND=32t

# What stands in for others does so here, and is not there for 64 bits.
USER32_ONLY := $(filter %32.c %32.S,$(USER_SRCS))
# This library's memcpy and memset go by words already.
without-32 = $(subst 32.,.,$(USER32_ONLY)) user/lib/memory.c
sources-32 = $(filter-out $(without-32),$(1))

$(B)/user/flags32: FORCE | toolchain
	@mkdir -p $(@D)
	@printf '%s\n' '$(USER32_CFLAGS) $(USER32_CFLAGS_32) $(USER32_CFLAGS_32t) $(USER_LDFLAGS)' \
		"$$($(ARM32_CC) --version | head -n 1)" | tools/write-if-changed $@

parts-32 = $(patsubst user/%,$(B)/user/obj$(1)/%.o,$(call sources-32,\
	$(wildcard user/$(2)/*.[cS] user/bin/$(2).c)))

# $(1) is the kind.
define user32-kind
$(B)/user/obj$(1)/%.o: user/% $(B)/user/flags32
	$$(call say,CC,$$<  ($(1)))
	$$(Q)mkdir -p $$(@D); $$(ARM32_CC) $$(USER32_CFLAGS) $$(USER32_CFLAGS_$(1)) \
		-MMD -MP -MF $$(@:.o=.d) -c -o $$@ $$<

$(foreach p,$(USER32_PROGRAMS),$(eval $(B)/user/$(p)$(1).elf: $(call parts-32,$(1),$(p))))
$(USER32_PROGRAMS:%=$(B)/user/%$(1).elf): $(call parts-32,$(1),lib) user/user.ld
	$$(call say,LD,$$@)
	$$(Q)$$(ARM32_CC) $$(USER32_CFLAGS) $$(USER32_CFLAGS_$(1)) $$(USER_LDFLAGS) \
		-DPICOLIBC_DOUBLE_PRINTF_SCANF -Wl,-z,noexecstack,-Map=$$(@:.elf=.map) \
		-o $$@ $$(filter %.o,$$^)

$(USER32_PROGRAMS:%=$(B)/user/%$(1)): %: %.elf
	$$(Q)$$(USER32_STRIP) --strip-all -o $$@ $$<
endef
$(foreach k,$(USER32_KINDS),$(eval $(call user32-kind,$(k))))

USER32_ALL := $(foreach k,$(USER32_KINDS),$(USER32_PROGRAMS:%=%$(k)))
