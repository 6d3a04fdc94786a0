# SPDX-License-Identifier: MIT
#
# The chainloader, and what talks to it. Included by the Makefile.
#
#	chainloader	build/<config>/chainloader.img, with the kernel behind it
#	flash		a kernel over the line PORT to a chainloader (tools/flash)
#	console		the line PORT with a terminal program (tools/console)

CHAINLOADER := boot/chainloader
CHAINLOADER_OBJS := $(patsubst %.c,$(B)/obj/%.o,$(sort $(wildcard $(CHAINLOADER)/*.c))) \
	$(B)/obj/$(CHAINLOADER)/start.S.o
PORT ?= /dev/ttyUSB0

.PHONY: chainloader flash console
chainloader: $(B)/chainloader.img

# As boot/*.c it runs with the MMU off; there is no memcpy() for what looks like one.
$(B)/obj/$(CHAINLOADER)/%.o: private CFLAGS += $(BOOT_CFLAGS) -march=armv8-a+crc -fno-builtin \
	$(if $(filter gcc,$(CC_KIND)),-fno-tree-loop-distribute-patterns)

$(B)/obj/$(CHAINLOADER)/start.S.o: $(B)/kernel8.img

$(B)/gen/chainloader.lds: $(CHAINLOADER)/chainloader.lds.S $(B)/flags
	$(Q)$(CC) $(ASFLAGS) -E -P -MMD -MP -MF $@.d -MT $@ -o $@ $<

CHAINLOADER_LDFLAGS := -nostdlib -static -no-pie --build-id=none $(ERRATUM_843419) \
	-z max-page-size=4096 -z noexecstack --no-undefined $(filter --no-warn%,$(KERNEL_LDFLAGS))
$(B)/chainloader.elf: $(CHAINLOADER_OBJS) $(B)/gen/chainloader.lds
	$(call say,LD,$@)
	$(Q)$(LD) $(CHAINLOADER_LDFLAGS) -T $(B)/gen/chainloader.lds -o $@ $(filter %.o,$^)

$(B)/chainloader.img: $(B)/chainloader.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY) -O binary $< $@

flash: kernel
	@$(PYTHON) tools/flash $(PORT) $(B)/kernel8.img

console:
	@tools/console $(PORT)

-include $(CHAINLOADER_OBJS:.o=.d) $(B)/gen/chainloader.lds.d
