# SPDX-License-Identifier: MIT
#
# make -f tests/boot/loader.mk OUT=dir/loader.bin [SOURCE=tests/boot/x.S]
#
# The loader of tests/qemu/test_boot_states.py, or another image for a test, with the
# toolchain that builds the kernel. Runs wherever it is put, so it is linked at 0.

include config.mk
SOURCE ?= tests/boot/loader.S

$(or $(OUT),$(error OUT= says what to write)): $(SOURCE) config.mk tests/boot/loader.mk
	$(CC) $(CC_TARGET) $(ARCH_FLAGS) -Wall -Werror -Wundef -nostdinc -Iinclude -c -o $@.o $<
	$(LD) -nostdlib -static -Ttext=0 -e _start -o $@.elf $@.o
	$(OBJCOPY) -O binary $@.elf $@
