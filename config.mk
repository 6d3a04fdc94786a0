# SPDX-License-Identifier: MIT
#
# The toolchain and every flag. Nothing here makes anything; the Makefile
# includes it, and so does nobody else.
#
#   make                        the first GNU cross compiler that is found
#   make CROSS_COMPILE=prefix-  that one
#   make LLVM=1                 clang and lld; LLVM=-16 takes clang-16, ld.lld-16
#   make ARM32_CROSS_COMPILE=p- the compiler for AArch32 user programs
#
# Kernel options (CONFIG_X=...) are in include/kconfig.h.

# ---- which compiler ----

have = $(shell command -v $(1) 2>/dev/null)
first-found = $(firstword $(foreach p,$(1),$(if $(call have,$(p)$(2)),$(p))))

# Binutils and the compiler of user programs are GNU even when clang builds the
# kernel, if there are any.
ifeq ($(origin CROSS_COMPILE),undefined)
CROSS_COMPILE := $(call first-found,\
	aarch64-linux-gnu- aarch64-none-elf- aarch64-elf-,gcc)
endif
ifeq ($(origin ARM32_CROSS_COMPILE),undefined)
ARM32_CROSS_COMPILE := $(call first-found,arm-none-eabi-,gcc)
endif

LLVM ?=
ifneq ($(filter-out 0 n,$(LLVM)),)
# LLVM=1: the plain names, or else the highest version that has all of them.
LLVM_VERSIONS := $(foreach n,25 24 23 22 21 20 19 18 17 16 15 14,-$(n))
LLVM_SUFFIX := $(if $(filter -%,$(LLVM)),$(LLVM),$(if \
	$(and $(call have,clang),$(call have,ld.lld)),,$(firstword \
	$(foreach s,$(LLVM_VERSIONS),\
	$(if $(and $(call have,clang$(s)),$(call have,ld.lld$(s))),$(s))))))
CC	:= clang$(LLVM_SUFFIX)
LD	:= ld.lld$(LLVM_SUFFIX)
llvm-or-gnu = $(firstword $(foreach t,llvm-$(1)$(LLVM_SUFFIX) llvm-$(1) \
	$(CROSS_COMPILE)$(1),$(if $(call have,$(t)),$(t))) llvm-$(1))
OBJCOPY	:= $(call llvm-or-gnu,objcopy)
OBJDUMP	:= $(call llvm-or-gnu,objdump)
NM	:= $(call llvm-or-gnu,nm)
SIZE	:= $(call llvm-or-gnu,size)
CC_KIND	:= clang
CC_TAG	:= clang$(LLVM_SUFFIX)
CC_TARGET := --target=aarch64-linux-gnu
else
CC	:= $(CROSS_COMPILE)gcc
LD	:= $(CROSS_COMPILE)ld
OBJCOPY	:= $(CROSS_COMPILE)objcopy
OBJDUMP	:= $(CROSS_COMPILE)objdump
NM	:= $(CROSS_COMPILE)nm
SIZE	:= $(CROSS_COMPILE)size
CC_KIND	:= gcc
CC_TAG	:= $(if $(filter aarch64-linux-gnu-,$(CROSS_COMPILE)),gcc,$(notdir $(CROSS_COMPILE))gcc)
CC_TARGET :=
endif

ARM32_CC := $(if $(ARM32_CROSS_COMPILE),$(ARM32_CROSS_COMPILE)gcc)
HOSTCC	?= gcc
DTC	?= dtc
SPARSE	?= sparse
# Debian's, which has pytest and pexpect; another python3 may be first in PATH.
PYTHON	?= $(firstword $(wildcard /usr/bin/python3) python3)

# A host's own gcc and ld are no cross compiler.
TOOLS_MISSING := $(foreach t,$(CC) $(LD) $(OBJCOPY) $(NM) $(DTC) $(PYTHON),$(if \
	$(filter gcc ld objcopy nm,$(t)),aarch64-linux-gnu-$(t),$(if $(call have,$(t)),,$(t))))
TOOLS_MISSING := $(strip $(TOOLS_MISSING))

# ---- warnings: the same for both compilers, the kernel and its programs ----

WARNINGS := -Werror -Wall -Wextra -Wshadow -Wundef -Wvla -Wpointer-arith \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wredundant-decls -Wnested-externs -Wwrite-strings \
	-Wimplicit-fallthrough -Wno-unused-parameter

# ---- the kernel ----

# The compiler's own headers (stdint, stdarg, stddef, stdbool) and no others.
ifeq ($(CC_KIND),clang)
CC_INCLUDE := $(shell $(CC) -print-resource-dir 2>/dev/null)/include
else
CC_INCLUDE := $(shell $(CC) -print-file-name=include 2>/dev/null)
endif

KERNEL_CPPFLAGS = -nostdinc -isystem $(CC_INCLUDE) \
	-Iinclude -Isrc -I. -I$(B) -include include/kconfig.h -D__LODGER_KERNEL__

# Cortex-A72 and A53 are ARMv8.0: no LSE atomics, and no helper calls that look
# for them. FP/SIMD registers belong to user threads.
ARCH_FLAGS := -march=armv8-a -mtune=cortex-a72 -mgeneral-regs-only \
	-mno-outline-atomics -mbranch-protection=none -mfix-cortex-a53-835769

KERNEL_CFLAGS := -std=gnu11 -O2 -g $(ARCH_FLAGS) -ffreestanding \
	-fno-pic -fno-pie -fno-common -fno-strict-aliasing -fwrapv \
	-fno-delete-null-pointer-checks \
	-fno-omit-frame-pointer -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-unwind-tables \
	-ffile-prefix-map=$(CURDIR)=. $(WARNINGS)

KERNEL_ASFLAGS = $(ARCH_FLAGS) -g -Wa,-I$(B) \
	-ffile-prefix-map=$(CURDIR)=. -Wall -Werror -Wundef
ifeq ($(CC_KIND),gcc)
KERNEL_CFLAGS += -fno-stack-clash-protection
KERNEL_ASFLAGS += -Wa,--fatal-warnings
endif

# boot/*.c runs with the MMU off, where memory is Device: an unaligned access
# faults, and a table of absolute addresses points nowhere.
BOOT_CFLAGS := -mstrict-align -fno-jump-tables

# boot/offsets.c is compiled to text that no assembler is to read.
OFFSETS_CFLAGS := $(if $(filter clang,$(CC_KIND)),-fno-integrated-as)

# Cortex-A53 erratum 843419 (an ADRP at the end of a page may go wrong): the
# linker turns such an ADRP into an ADR, which reaches all that the text names
# (boot/kernel.lds.S).
# Not GNU ld's other way, stubs: with this linker script 2.40 was seen to place
# them after it had resolved branches across them (_start went 4 KB astray).
ERRATUM_843419 := --fix-cortex-a53-843419$(if $(filter gcc,$(CC_KIND)),=adr)

KERNEL_LDFLAGS := -nostdlib -static -no-pie --build-id=none \
	$(ERRATUM_843419) -z max-page-size=4096 -z noexecstack \
	--orphan-handling=error --no-undefined
ifeq ($(CC_KIND),gcc)
# The image is mapped in parts with their own rights, not by program headers.
KERNEL_LDFLAGS += $(if $(shell $(LD) --help 2>/dev/null | grep no-warn-rwx),--no-warn-rwx-segments)
endif

DTC_FLAGS := -q -I dts -O dtb
