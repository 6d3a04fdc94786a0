/* SPDX-License-Identifier: MIT */
/* Linked where it moves itself to; the kernel that it carries stays behind. */
#include "boot/chainloader/layout.h"

ENTRY(_start)

SECTIONS
{
	. = CHAINLOADER_AT;
	.text : { *(.head.text) *(.text .text.*) }
	.rodata : ALIGN(16) { *(.rodata .rodata.*) }
	/* With what begins as 0, so that nobody has to clear it. */
	.data : ALIGN(16) { *(.data .data.*) *(.bss .bss.* COMMON) . = ALIGN(16); }
	__moved_end = .;
	.payload : ALIGN(16) {
		__payload = .;
		*(.payload)
		__payload_end = .;
	}

	/DISCARD/ : { *(.comment) *(.note*) *(.eh_frame*) *(.llvm_addrsig) *(.ARM.attributes) }
}

ASSERT(__moved_end <= STAGING_AT, "the chainloader reaches into what it receives")
