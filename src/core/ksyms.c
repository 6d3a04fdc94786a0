/* SPDX-License-Identifier: MIT */
/*
 * The symbol table is made by tools/ksyms.py from a first link of the kernel
 * and put into the second. Offsets are sorted; the names are in the same order,
 * NUL-terminated, one behind the other. Finding a name means walking over those
 * before it, so every KSYM_STRIDE-th has its place noted: lookup stays cheap
 * enough for `top`, and the table small.
 */
#include "core/ksyms.h"

#include "lib/string.h"

#define KSYM_STRIDE 32 /* as in tools/ksyms.py */

extern const char _text[], _etext[];
extern const u32 ksym_count;
extern const u32 ksym_offsets[]; /* bytes from _text, ascending */
extern const u32 ksym_marks[];	 /* in ksym_names, of every 32nd name */
extern const char ksym_names[];

static const char *ksym_name(u32 index)
{
	const char *name = ksym_names + ksym_marks[index / KSYM_STRIDE];

	for (u32 i = index % KSYM_STRIDE; i > 0; i--)
		name += strlen(name) + 1;
	return name;
}

const char *ksym_lookup(vaddr_t addr, u64 *offset)
{
	vaddr_t base = (vaddr_t)_text;
	u32 low = 0, high = ksym_count; /* the answer is in [low, high) */

	if (addr < base || addr >= (vaddr_t)_etext || ksym_count == 0 ||
	    addr - base < ksym_offsets[0])
		return NULL;
	while (high - low > 1) {
		u32 mid = low + (high - low) / 2;

		if (ksym_offsets[mid] <= addr - base)
			low = mid;
		else
			high = mid;
	}
	if (offset)
		*offset = addr - base - ksym_offsets[low];
	return ksym_name(low);
}
