/* SPDX-License-Identifier: MIT */
/*
 * Layout of the kernel image.
 *
 * It is linked at one virtual address and loaded at any physical one; until the
 * MMU is on, the code in boot/ finds things relative to the program counter.
 * objcopy turns the sections, gaps included, into kernel8.img: what lies at
 * offset n of the file is at _start + n. Behind the file comes the part that is
 * only promised to the loader (image_size in the header): .bss.
 *
 *	_start			head	read, execute; one page, of the code of boot/
 *	__initramfs_start	archive	read
 *	__rodata_start		rodata	read
 *	_text .. _etext		text	read, execute
 *	__data_start		data	read, write
 *	__bss_start .. _end	bss	read, write; cleared by boot/head.S
 *
 * Each begins on a page of its own, so that each can be mapped with its own rights
 * (W^X). The archive is where nothing lies between the text and what it names: all of
 * that must be in reach of ADR, 1 MB (config.mk, erratum 843419). What the text wants to
 * know of the rest it reads from words (boot/words.S). What we did not expect is an error:
 * an orphan section, a relocation, a global offset table.
 */
#define PAGE_SIZE 4096
/* A loader puts an arm64 Image 0x80000 above a 2 MB boundary (text_offset). */
#define KIMAGE_VADDR (0xffffffff80000000 + 0x80000)
#define KIMAGE_SIZE_MAX 0x800000
#define PAGE_ALIGNED(symbol) ((symbol) % PAGE_SIZE == 0)
#define ADR_REACH 0x100000

OUTPUT_ARCH(aarch64)
ENTRY(_start)

SECTIONS
{
	. = KIMAGE_VADDR;

	.head : {
		KEEP(*(.head.text))
		/* What finds out that the rest is missing comes first. */
		*(.text.boot)
		/* Runs with the MMU being switched, at its physical address. */
		KEEP(*(.idmap.text))
		*boot/early.o(.text)
	}
	.initramfs : ALIGN(PAGE_SIZE) {
		KEEP(*(.initramfs))
	}

	. = ALIGN(PAGE_SIZE);
	__rodata_start = .;
	.rodata : {
		*(.rodata .rodata.*)
		*(.srodata .srodata.*)

		. = ALIGN(8);
		__ex_table_start = .;
		KEEP(*(__ex_table))
		__ex_table_end = .;

		/* Tables of pointers, collected from all over the kernel. */
		. = ALIGN(8);
		__tests_start = .;
		KEEP(*(tests))
		__tests_end = .;
		__commands_start = .;
		KEEP(*(SORT_BY_NAME(commands*)))
		__commands_end = .;

		KEEP(*(.dtb))

		/* By offsets from _text, so it may move that by whole pages. */
		KEEP(*(.ksyms))
	}

	. = ALIGN(PAGE_SIZE);
	_text = .;
	.text : {
		/* The vectors, aligned to 2 KB, and what branches to one another. */
		*boot/entry.S.o(.text)
		*.S.o(.text)
		*(.text .text.*)
		_etext = .;
	}

	. = ALIGN(PAGE_SIZE);
	__data_start = .;
	.data : {
		*(.data .data.*)
		/* The file is a whole number of pages; its last word says that it
		 * is all there (boot/head.S). */
		. = ALIGN(. + 8, PAGE_SIZE) - 8;
		KEEP(*(.image_mark))
	}

	.bss : ALIGN(PAGE_SIZE) {
		__bss_start = .;
		*(.bss COMMON)
		*(.bss.boot_stack)
		*(.bss.emergency)
		*(.bss.pgtables)
		/* The largest last: what counts is where it begins. */
		__last_object = .;
		*(.bss.early_tables)
		. = ALIGN(PAGE_SIZE);
		__bss_end = .;
	}
	_end = .;

	/* image_size of the header: what the loader must keep free. */
	_kernel_size = _end - _start;

	/* None of these may hold anything. */
	.got : { *(.got .got.plt .igot .igot.plt) }
	.plt : { *(.plt .iplt) }
	.rela.dyn : { *(.rela .rela.*) }

	/* For people and debuggers; not in the image. */
	.comment 0 : { *(.comment) }
	.debug_info 0 : { *(.debug_info) }
	.debug_abbrev 0 : { *(.debug_abbrev) }
	.debug_line 0 : { *(.debug_line) }
	.debug_line_str 0 : { *(.debug_line_str) }
	.debug_str 0 : { *(.debug_str) }
	.debug_str_offsets 0 : { *(.debug_str_offsets) }
	.debug_addr 0 : { *(.debug_addr) }
	.debug_aranges 0 : { *(.debug_aranges) }
	.debug_ranges 0 : { *(.debug_ranges) }
	.debug_rnglists 0 : { *(.debug_rnglists) }
	.debug_loc 0 : { *(.debug_loc) }
	.debug_loclists 0 : { *(.debug_loclists) }
	.debug_frame 0 : { *(.debug_frame) }
	.debug_macro 0 : { *(.debug_macro) }
	.symtab 0 : { *(.symtab) }
	.strtab 0 : { *(.strtab) }
	.shstrtab 0 : { *(.shstrtab) }

	/DISCARD/ : {
		*(.note .note.*)
		*(.eh_frame .eh_frame_hdr)
		*(.llvm_addrsig .llvm.call-graph-profile)
		*(.ARM.attributes .gnu.attributes .gnu.build.attributes*)
	}
}

ASSERT(SIZEOF(.got) == 0 && SIZEOF(.plt) == 0 && SIZEOF(.rela.dyn) == 0,
       "position-dependent code only: no GOT, PLT or dynamic relocation")
ASSERT(_start == KIMAGE_VADDR, "the image header is not at the start")
ASSERT(SIZEOF(.head) <= PAGE_SIZE - 8,
       "the head is one page, and an ADRP in its last two words may go wrong")
ASSERT(PAGE_ALIGNED(__initramfs_start) && PAGE_ALIGNED(__rodata_start) &&
       PAGE_ALIGNED(_text) && PAGE_ALIGNED(__data_start) &&
       PAGE_ALIGNED(__bss_start) && PAGE_ALIGNED(__bss_end),
       "two regions share a page")
ASSERT(_etext - __rodata_start < ADR_REACH && __last_object - _text < ADR_REACH,
       "something is too far from the text for an ADR")
ASSERT(_kernel_size < KIMAGE_SIZE_MAX, "the image has outgrown its mapping")
