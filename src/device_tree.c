/* SPDX-License-Identifier: MIT */
#include "device_tree.h"
#include "arm64/sysreg.h"
#include "core/early.h"
#include "core/extable.h"
#include "core/machine.h"
#include "core/panic.h"
#include "mm/kmap.h"
#include "mm/page.h"

extern const u8 __dtb_bcm2711_start[], __dtb_bcm2711_end[];
extern const u8 __dtb_bcm2837_start[], __dtb_bcm2837_end[];

/* The most that a loader may hand over (Linux, Documentation/arch/arm64/booting.rst). */
#define FDT_SIZE_MAX (2 * MIB)
#define FDT_MAGIC 0xd00dfeed

static u32 be32(u32 v)
{
	return __builtin_bswap32(v);
}

/*
 * Map the page that pa is in and read the header with loads that may fault; only if
 * it is a device tree map the rest. False: nothing looks like one. True: *why is
 * NULL, or what is wrong with it.
 */
static bool open_loaded(paddr_t pa, paddr_t peripherals, const char **why)
{
	const u8 *blob;
	u32 magic, word;
	u64 size;

	/* The peripherals are not even to be looked at: a read may take a byte from
	 * a FIFO. */
	if (pa == 0 || pa % 4 || pa >= LINEAR_SIZE - FDT_SIZE_MAX ||
	    (pa >= peripherals && pa < 4 * GIB))
		return false;
	*why = "would lie in the kernel, whose .bss has been cleared";
	if (pa - sym_to_phys((void *)KIMAGE_VADDR) < kimage_size)
		return true;
	blob = kmap_firmware(pa, 8);
	if (!blob || probe_read32((vaddr_t)blob, &magic) || be32(magic) != FDT_MAGIC)
		return false;
	*why = "is not aligned to 8 bytes";
	if (pa % 8 || probe_read32((vaddr_t)blob + 4, &word))
		return true;
	size = be32(word);
	*why = "says it is larger than 2 MB";
	if (size > FDT_SIZE_MAX)
		return true;
	blob = kmap_firmware(pa, size);
	*why = "goes on where there is no memory";
	if (!blob)
		return true;
	for (vaddr_t va = (vaddr_t)blob & PAGE_MASK; va < (vaddr_t)blob + size;
	     va += PAGE_SIZE)
		if (probe_read32(va, &word))
			return true;
	*why = fdt_open(&machine_fdt, blob, size) ? "is damaged" : NULL;
	return true;
}

const char *device_tree_open(paddr_t pa, paddr_t peripherals, struct fdt *builtin)
{
	bool a72 = MIDR_PART(read_sysreg(midr_el1)) == MIDR_PART_CORTEX_A72;
	const u8 *start = a72 ? __dtb_bcm2711_start : __dtb_bcm2837_start;
	const u8 *end = a72 ? __dtb_bcm2711_end : __dtb_bcm2837_end;
	const char *why;
	bool is_tree;

	if (fdt_open(builtin, start, (size_t)(end - start)))
		panic("the built-in device tree is damaged");
	is_tree = open_loaded(pa, peripherals, &why);
	if (is_tree && !why) {
		machine_fdt_source = "boot loader";
		return NULL;
	}
	machine_fdt = *builtin;
	machine_fdt_source = "built in";
	return is_tree ? why : NULL;
}
