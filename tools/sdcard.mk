# SPDX-License-Identifier: MIT
#
# Cards for a board, and booting them in QEMU. Included by the Makefile.
#
#	sdcard		build/sdcard.img, its checksum and bmap (tools/sdcard)
#	run-sd		boots that card in QEMU as a board would (tools/run-card)
#	run-uboot	the same, up to U-Boot's prompt
#	test-sdcard-long  what takes too long for `make test`: FIT images, each way 20 times
#
# Those of others are fetched once, by package name, and kept (tools/fetch-firmware).

FIRMWARE ?= build/firmware
SDCARD ?= build/sdcard.img
# script, extlinux, fit: by U-Boot; direct: without it; chain: by the chainloader.
BOOT ?= script

# Debian's U-Boot for the Pi is built without FIT images. This is the same source with.
UBOOT_FIT := $(FIRMWARE)/u-boot-fit.bin

.PHONY: sdcard run-sd run-uboot test-sdcard-long
CARD_KERNEL := $(B)/$(if $(filter chain,$(BOOT)),chainloader,kernel8).img
sdcard: kernel $(CARD_KERNEL) $(FIRMWARE)/packages.txt $(if $(filter fit,$(BOOT)),$(UBOOT_FIT))
	$(call say,SDCARD,$(SDCARD) ($(BOOT)))
	$(Q)$(PYTHON) tools/sdcard --boot '$(BOOT)' --firmware '$(FIRMWARE)' \
		--kernel $(CARD_KERNEL) --initramfs '$(or $(INITRD),$(INITRAMFS))' \
		$(if $(filter fit,$(BOOT)),--u-boot $(UBOOT_FIT)) --args='$(APPEND)' \
		'$(SDCARD)' $(USER_PROGRAMS:%=$(B)/user/%)

RUN_CARD = $(PYTHON) tools/run-card --board $(BOARD) $(if $(EMMC2),--emmc2)
run-sd: sdcard
	@$(RUN_CARD) $(SDCARD)

run-uboot: sdcard
	@$(RUN_CARD) --prompt $(SDCARD)

test-sdcard-long:
	@LODGER_LONG=1 $(PYTHON) -m pytest -v -p no:cacheprovider tests/qemu/test_sdcard.py

$(FIRMWARE)/packages.txt:
	$(Q)tools/fetch-firmware '$(FIRMWARE)'

$(FIRMWARE)/source/Makefile:
	$(Q)tools/fetch-firmware --source '$(FIRMWARE)'

UBOOT_MAKE = MAKEFLAGS= CROSS_COMPILE=aarch64-linux-gnu- SOURCE_DATE_EPOCH=0 \
	$(MAKE) -s -C $(FIRMWARE)/source O=../u-boot-fit
$(UBOOT_FIT): | $(FIRMWARE)/source/Makefile
	$(call say,U-BOOT,$@ (takes some minutes))
	$(Q){ $(UBOOT_MAKE) rpi_arm64_defconfig && \
	$(FIRMWARE)/source/scripts/config --file $(FIRMWARE)/u-boot-fit/.config \
		-e FIT -e SHA256 -d TOOLS_MKEFICAPSULE && \
	$(UBOOT_MAKE) olddefconfig && \
	$(UBOOT_MAKE) -j$(shell nproc) u-boot.bin; } >$@.log 2>&1 || \
		{ tail -n 5 $@.log; echo '$@: U-Boot cannot be built, see $@.log'; exit 1; }
	$(Q)cp $(FIRMWARE)/u-boot-fit/u-boot.bin $@
