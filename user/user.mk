# SPDX-License-Identifier: MIT
#
# The programs that run at EL0, and the archive that carries them. Included by
# the Makefile, which says where ($(B)) and how to speak ($(say)).
#
# They are ordinary C programs on picolibc. Its specs file, its library and the
# libgcc that the library leans on belong to Debian's aarch64-linux-gnu-gcc (the
# package picolibc-aarch64-linux-gnu depends on it): so that compiler builds the
# programs, also where clang (LLVM=1) or another GNU compiler builds the kernel.
# Nothing but the system call interface lies between the two.
#
# A new program is one file, user/bin/NAME.c; one of more parts is a directory
# user/NAME/. Other files of the archive are in user/files/. What several servers need is
# in user/servers/; of that and of the runtime a program gets the functions that it calls.

USER_CC := aarch64-linux-gnu-gcc
USER_STRIP := aarch64-linux-gnu-strip
USER_AR := aarch64-linux-gnu-ar

# gcc answers with a path only if it finds the file.
ifeq ($(filter /%,$(shell $(USER_CC) -print-file-name=picolibc.specs 2>/dev/null)),)
TOOLS_MISSING += picolibc-aarch64-linux-gnu
endif

# printf and scanf without floating point: 5 KB less in each program. A program
# that prints a double says USER_CFLAGS_NAME = -DPICOLIBC_DOUBLE_PRINTF_SCANF.
USER_CFLAGS := -specs=picolibc.specs -std=gnu11 -Os -g -march=armv8-a \
	-mno-outline-atomics -mbranch-protection=none -fno-pie -fno-common \
	-fno-stack-protector -fno-asynchronous-unwind-tables \
	-ffunction-sections -fdata-sections -ffile-prefix-map=$(CURDIR)=. \
	-Iinclude -Iuser/lib -Iuser/servers $(WARNINGS)
USER_PRINTF = $(or $(USER_CFLAGS_$(notdir $(basename $@))),-DPICOLIBC_INTEGER_PRINTF_SCANF)
USER_LDFLAGS := -static -no-pie -nostartfiles -T user/user.ld \
	-Wl,--gc-sections,--fatal-warnings,-z,max-page-size=4096

USER_SRCS := $(sort $(wildcard user/*/*.[cS]))
USER64_SRCS = $(filter-out $(USER32_ONLY),$(USER_SRCS))
USER_LIB = $(patsubst user/%,$(B)/user/obj/%.o,$(filter user/lib/% user/servers/%,$(USER64_SRCS)))
USER_DIRS := $(sort $(filter-out bin lib servers files,$(notdir \
	$(patsubst %/,%,$(dir $(wildcard user/*/*.[cS]))))))
USER_PROGRAMS := $(sort $(notdir $(basename $(wildcard user/bin/*.c))) $(USER_DIRS))
USER_FILES := $(sort $(notdir $(wildcard user/files/*)))

include user/user32.mk
# In this order: who looks for a program goes through the archive from its beginning.
USER_ALL := $(USER_PROGRAMS) $(USER32_ALL)

.PHONY: user
user: $(INITRAMFS)

$(B)/user/flags: FORCE | toolchain
	@mkdir -p $(@D)
	@printf '%s\n' '$(USER_CFLAGS) $(USER_LDFLAGS)' "$$($(USER_CC) --version | head -n 1)" | \
		tools/write-if-changed $@

$(B)/user/obj/%.o: user/% $(B)/user/flags
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D); $(USER_CC) $(USER_CFLAGS) -MMD -MP -MF $(@:.o=.d) -c -o $@ $<

# gcc would find out that the loop of memcpy() is a memcpy, and call it.
$(B)/user/obj/lib/memory.c.o: private USER_CFLAGS += -O2 -fno-builtin -mgeneral-regs-only \
	-fno-tree-loop-distribute-patterns

# What each program is linked from, besides the runtime.
user-parts = $(if $(filter $(1),$(USER_DIRS)),\
	$(patsubst user/%,$(B)/user/obj/%.o,$(filter user/$(1)/%,$(USER64_SRCS))),\
	$(B)/user/obj/bin/$(1).c.o)

define user-program
$(B)/user/$(1).elf: $(call user-parts,$(1))
endef
$(foreach p,$(USER_PROGRAMS),$(eval $(call user-program,$(p))))

# With symbols for gdb here; without them in the archive.
$(USER_PROGRAMS:%=$(B)/user/%.elf): $(USER_LIB) user/user.ld
	$(call say,LD,$@)
	$(Q)$(USER_CC) $(USER_CFLAGS) $(USER_PRINTF) $(USER_LDFLAGS) -Wl,-Map=$(@:.elf=.map) \
		-o $@ $(filter %.o,$^)

$(USER_PROGRAMS:%=$(B)/user/%): $(B)/user/%: $(B)/user/%.elf
	$(Q)$(USER_STRIP) --strip-all -o $@ $<

# The names too are part of what the archive is made from.
$(B)/user/contents: FORCE | toolchain
	@mkdir -p $(@D)
	@echo '$(USER_ALL) $(USER_FILES)' | tools/write-if-changed $@

$(INITRAMFS): $(USER_ALL:%=$(B)/user/%) $(USER_FILES:%=user/files/%) \
		$(B)/user/contents tools/mkcpio
	$(call say,CPIO,$@)
	$(Q)$(PYTHON) tools/mkcpio $@ $(foreach p,$(USER_ALL),$(p)=$(B)/user/$(p)) \
		$(foreach f,$(USER_FILES),$(f)=user/files/$(f))

-include $(wildcard $(B)/user/obj*/*/*.d)
