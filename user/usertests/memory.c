/* SPDX-License-Identifier: MIT */
/* vm_map and vm_unmap: what they refuse, and what memory is worth. */
#include "usertests.h"

/* Fails when a range or a protection is accepted that cannot be meant. */
static void bad_map(const char *part)
{
	static const struct {
		uint64_t addr, len, prot;
	} bad[] = {
		{ 0, 0, RW },
		{ FIXED, 0, RW },
		{ FIXED + 1, PAGE, RW },
		{ FIXED + PAGE / 2, PAGE, RW },
		{ PAGE, PAGE, RW },			 /* below the range */
		{ USER_VA_START - PAGE, 2 * PAGE, RW },	 /* straddles */
		{ LODGER_VA_END, PAGE, RW },
		{ LODGER_VA_END - PAGE, 2 * PAGE, RW },
		{ 0xffffff8000000000, PAGE, RW },	 /* the kernel's */
		{ -PAGE, PAGE, RW },			 /* wraps to zero */
		{ -PAGE, 2 * PAGE, RW },
		{ FIXED, -PAGE, RW },			 /* wraps */
		{ FIXED, UINT64_MAX, RW },
		{ FIXED, PAGE, PROT_WRITE | PROT_EXEC },
		{ FIXED, PAGE, RW | PROT_EXEC },
		{ FIXED, PAGE, 0 },
		{ FIXED, PAGE, 8 | PROT_READ },
		{ FIXED, PAGE, UINT64_MAX },
		{ FIXED, PAGE, (1ULL << 32) | PROT_READ },
	};

	(void)part;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		int64_t ret = !sayable(bad[i].addr) || !sayable(bad[i].prot) ? -EINVAL :
			      sys_vm_map(HANDLE_NONE, bad[i].addr, bad[i].len,
				      bad[i].prot, 0);

		if (ret != -EINVAL)
			test_fail(__FILE__, __LINE__,
				  "map 0x%" PRIx64 ", 0x%" PRIx64 " bytes, prot 0x%" PRIx64
				  ": %" PRId64, bad[i].addr, bad[i].len, bad[i].prot, ret);
	}
}

/* Fails when more than the address space holds is promised. */
static void too_long(const char *part)
{
	(void)part;
	CHECK(sys_vm_map(HANDLE_NONE, 0, LODGER_VA_END, RW, 0) < 0);
	CHECK(sys_vm_map(HANDLE_NONE, 0, -PAGE, RW, 0) < 0);
	CHECK(sys_vm_map(HANDLE_NONE, 0, UINT64_MAX, RW, 0) < 0);
}

/* Fails when a mapping may be put on top of another. */
static void overlap(const char *part)
{
	uint64_t text = (uintptr_t)overlap & -PAGE;
	uint64_t stack = (uintptr_t)__builtin_frame_address(0) & -PAGE;

	(void)part;
	CHECK_EQ(sys_vm_map(HANDLE_NONE, FIXED, 3 * PAGE, RW, 0), FIXED);
	CHECK_EQ(sys_vm_map(HANDLE_NONE, FIXED, PAGE, RW, 0), -EEXIST);
	CHECK_EQ(sys_vm_map(HANDLE_NONE, FIXED + 2 * PAGE, 2 * PAGE, RW, 0),
		 -EEXIST);
	CHECK_EQ(sys_vm_map(HANDLE_NONE, FIXED - PAGE, 5 * PAGE, RW, 0),
		 -EEXIST);
	CHECK_EQ(sys_vm_map(HANDLE_NONE, FIXED - PAGE, 2 * PAGE, RW, 0),
		 -EEXIST);
	CHECK_EQ(sys_vm_map(HANDLE_NONE, text, PAGE, RW, 0), -EEXIST);
	CHECK_EQ(sys_vm_map(HANDLE_NONE, stack, PAGE, RW, 0), -EEXIST);
	CHECK_EQ(sys_vm_map(HANDLE_NONE, lodger_info->initramfs, PAGE, RW, 0),
		 -EEXIST);
	/* Beside is not on top. */
	CHECK_EQ(sys_vm_map(HANDLE_NONE, FIXED - PAGE, PAGE, RW, 0),
		 FIXED - PAGE);
	CHECK_EQ(sys_vm_map(HANDLE_NONE, FIXED + 3 * PAGE, PAGE, RW, 0),
		 FIXED + 3 * PAGE);
}

static void check_zero_then_fill(char *p, uint64_t pages, int fill)
{
	for (uint64_t i = 0; i < pages * PAGE; i++)
		if (p[i])
			test_fail(__FILE__, __LINE__, "byte %" PRIu64 " is 0x%02x", i,
				  (unsigned char)p[i]);
	memset(p, fill, pages * PAGE);
}

/* Fails when a new page holds what an old one held. */
static void zero_fill(const char *part)
{
	(void)part;
	for (int i = 1; i <= 20; i++) {
		char *p = test_map(16, RW);

		check_zero_then_fill(p, 16, 0x50 + i);
		test_unmap(p, 16);
	}
}

/* Fails when a range is accepted that is none; holes are allowed. */
static void bad_unmap(const char *part)
{
	static const struct {
		uint64_t addr, len;
	} bad[] = {
		{ FIXED, 0 },
		{ FIXED + 1, PAGE },
		{ 0, PAGE },
		{ 0, LODGER_VA_END },
		{ LODGER_VA_END, PAGE },
		{ LODGER_VA_END - PAGE, 2 * PAGE },
		{ 0xffffff8000000000, PAGE },
		{ FIXED, -PAGE },
		{ FIXED, UINT64_MAX },
		{ -PAGE, PAGE },
		{ -PAGE, 2 * PAGE },
	};

	(void)part;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		long ret = !sayable(bad[i].addr) ? -EINVAL :
			   sys_vm_unmap(bad[i].addr, bad[i].len);

		if (ret != -EINVAL)
			test_fail(__FILE__, __LINE__,
				  "unmap 0x%" PRIx64 ", 0x%" PRIx64 " bytes: %ld", bad[i].addr,
				  bad[i].len, ret);
	}
	CHECK_EQ(sys_vm_unmap(FIXED, 100 * PAGE), 0);
}

/* Fails when unmapping a part takes more, or less, or leaves it readable. */
static void unmap_middle(const char *part)
{
	volatile char *p = test_map(5, RW);

	for (int i = 0; i < 5; i++)
		p[i * PAGE] = (char)(i + 1);
	test_unmap((const char *)p + 2 * PAGE, 1);
	CHECK_EQ(p[0], 1);
	CHECK_EQ(p[PAGE], 2);
	CHECK_EQ(p[3 * PAGE], 4);
	CHECK_EQ(p[4 * PAGE], 5);
	if (part) {
		CHECK_EQ(p[2 * PAGE], 3); /* must not come back */
		return;
	}
	CHECK_EQ(test_child_status("memory.unmap_middle", "touch the hole"),
		 STATUS_FAULT + 0x24);
	CHECK_EQ(sys_vm_map(HANDLE_NONE, (uintptr_t)p + 2 * PAGE, PAGE, RW, 0),
		 (uintptr_t)p + 2 * PAGE);
	CHECK_EQ(p[2 * PAGE], 0);
	test_unmap((const char *)p, 5);
}

/* Fails when a protection is not what it says. */
static void protection(const char *part)
{
	char *p;

	if (!part) {
		CHECK_EQ(test_child_status("memory.protection", "write"),
			 STATUS_FAULT + 0x24);
		CHECK_EQ(test_child_status("memory.protection", "execute"),
			 STATUS_FAULT + 0x20);
		/* Zeros are an undefined instruction: fetched, so executed. In AArch32
		 * they do nothing, up to the end of the page. */
		CHECK_EQ(test_child_status("memory.protection", "zeros"),
			 STATUS_FAULT + (sizeof(void *) == 8 ? 0x00 : 0x20));
		return;
	}
	p = test_map(1, strcmp(part, "write") == 0   ? PROT_READ :
			strcmp(part, "execute") == 0 ? RW :
						       PROT_READ | PROT_EXEC);
	CHECK_EQ(*(volatile char *)p, 0);
	if (strcmp(part, "write") == 0)
		*(volatile char *)p = 1;
	else
		((void (*)(void))(uintptr_t)p)();
}

/* Fails when the archive can be mapped otherwise than read-only, or wrongly. */
static void map_archive(const char *part)
{
	const char *archive = (const char *)(uintptr_t)lodger_info->initramfs;
	uint64_t len = lodger_info->initramfs_len;
	uint64_t pages = (len + PAGE - 1) / PAGE;
	int64_t addr;

	(void)part;
	CHECK(pages > 2);
	addr = sys_vm_map(HANDLE_INITRAMFS, 0, 2 * PAGE, PROT_READ, PAGE);
	CHECK(addr > 0);
	CHECK(memcmp((const void *)(uintptr_t)addr, archive + PAGE, 2 * PAGE) == 0);
	test_unmap((const void *)(uintptr_t)addr, 2);

	addr = sys_vm_map(HANDLE_INITRAMFS, 0, PAGE, RW, 0);
	CHECK(addr == -EPERM || addr == -EINVAL);
	CHECK_EQ(sys_vm_map(HANDLE_INITRAMFS, 0, PAGE, PROT_READ, 1), -EINVAL);
	CHECK_EQ(sys_vm_map(HANDLE_INITRAMFS, 0, PAGE, PROT_READ,
			    pages * PAGE), -EINVAL);
	CHECK_EQ(sys_vm_map(HANDLE_INITRAMFS, 0, (pages + 1) * PAGE, PROT_READ,
			    0), -EINVAL);
	CHECK_EQ(sys_vm_map(HANDLE_INITRAMFS, 0, 2 * PAGE, PROT_READ,
			    (pages - 1) * PAGE), -EINVAL);
	CHECK_EQ(sys_vm_map(HANDLE_INITRAMFS, 0, PAGE, PROT_READ, -PAGE),
		 -EINVAL);
	CHECK_EQ(sys_vm_map(HANDLE_INITRAMFS, 0, 2 * PAGE, PROT_READ, -PAGE),
		 -EINVAL);
}

/* Fails when what lies behind the archive in its last page can be read. */
static void archive_tail(const char *part)
{
	uint64_t end = lodger_info->initramfs + lodger_info->initramfs_len;

	(void)part;
	for (uint64_t p = end; p % PAGE; p++)
		CHECK_EQ(*(const volatile char *)(uintptr_t)p, 0);
}

/* Fails when running out of regions does more than refuse the next one. */
static void many_regions(const char *part)
{
	uint64_t count;
	int64_t ret = 0;

	(void)part;
	for (count = 0; count < 200000; count++) {
		uint64_t addr = FIXED + 2 * count * PAGE;

		ret = sys_vm_map(HANDLE_NONE, addr, PAGE, RW, 0);
		if (ret < 0)
			break;
		CHECK_EQ(ret, addr);
		*(volatile uint64_t *)(uintptr_t)addr = addr;
	}
	CHECK(ret == -ENOSPC || ret == -ENOMEM);
	CHECK(count > 100);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t addr = FIXED + 2 * i * PAGE;

		CHECK_EQ(*(volatile uint64_t *)(uintptr_t)addr, addr);
	}
	CHECK_EQ(sys_vm_unmap(FIXED, 2 * count * PAGE), 0);
	CHECK_EQ(sys_vm_map(HANDLE_NONE, FIXED, 4 * PAGE, RW, 0), FIXED);
	CHECK_EQ(*(volatile uint64_t *)FIXED, 0);
}

/* Fails when pages far apart, each with tables of its own, are mixed up. */
static void far_apart(const char *part)
{
	static const uint64_t places[] = {
		USER_VA_START, 0x3ffff000, 0x40000000, 0x7fe00000,
		0x0fffffe000, 0x1ffffff000, 0x3000000000,
	};

	(void)part;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (!sayable(places[i]))
			continue;
		CHECK_EQ(sys_vm_map(HANDLE_NONE, places[i], PAGE, RW, 0),
			 places[i]);
		*(volatile uint64_t *)(uintptr_t)places[i] = ~places[i];
	}
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (!sayable(places[i]))
			continue;
		CHECK_EQ(*(volatile uint64_t *)(uintptr_t)places[i], ~places[i]);
		CHECK_EQ(sys_vm_unmap(places[i], PAGE), 0);
	}
}

/* Fails when the stack does not grow on demand to the size that is promised. */
static void deep_stack(const char *part)
{
	volatile char frame[USER_STACK_SIZE - 0x8000];

	(void)part;
	for (size_t i = sizeof(frame); i > PAGE; i -= PAGE)
		frame[i - 1] = 1;
	CHECK_EQ(frame[0], 0);
	CHECK_EQ(frame[sizeof(frame) - 1], 1);
}

/* Fails when malloc is not refused, or when a refusal breaks the heap. */
static void malloc_limit(const char *part)
{
	char *p;

	(void)part;
	errno = 0;
	p = malloc(SIZE_MAX / 4);
	CHECK(p == NULL);
	CHECK_EQ(errno, ENOMEM);
	p = malloc(3000000);
	CHECK(p != NULL);
	memset(p, 1, 3000000);
	free(p);
	CHECK((p = calloc(1000, 100)) != NULL);
	for (int i = 0; i < 100000; i++)
		CHECK(p[i] == 0);
	free(p);
}

/*
 * Fails when using up all memory harms anyone but the one who does it. How that
 * one ends is the kernel's choice, as long as it does not succeed: no board has
 * 64 GB.
 */
static void exhausted(const char *part)
{
	const char *const hog[] = { "memhog", "65536", NULL };
	const char *const modest[] = { "memhog", "8", NULL };
	volatile char *mine = test_map(4, RW);
	int64_t status;

	(void)part;
	mine[0] = 42;
	for (int i = 0; i < 2; i++) {
		CHECK_EQ(lodger_run("memhog", hog, &status), 0);
		CHECK(status != EXIT_OK);
		CHECK_EQ(mine[0], 42);
		mine[(i + 1) * PAGE] = 1;
		CHECK_EQ(lodger_run("memhog", modest, &status), 0);
		CHECK_EQ(status, EXIT_OK);
	}
}

/* The library's, at all addresses and lengths within three words. Fails when one byte too
 * many or too few is written, or a wrong one. */
static void copies(const char *part)
{
	unsigned char from[64], to[64];

	(void)part;
	for (size_t i = 0; i < sizeof(from); i++)
		from[i] = (unsigned char)(i + 1);
	for (size_t k = 0; k < 8 * 8 * 40; k++) {
		size_t at = k % 8, source = k / 8 % 8, n = k / 64;

		for (size_t i = 0; i < sizeof(to); i++)
			((volatile unsigned char *)to)[i] = 0xee;
		CHECK(memcpy(to + at, from + source, n) == to + at);
		for (size_t i = 0; i < sizeof(to); i++)
			CHECK_EQ(to[i], i < at || i >= at + n ? 0xee : source + i - at + 1);
		CHECK(memset(to + at, 0x1a5, n) == to + at);
		for (size_t i = 0; i < sizeof(to); i++)
			CHECK_EQ(to[i], i < at || i >= at + n ? 0xee : 0xa5);
	}
}

const struct test memory_tests[] = {
	{ "memory.copies", copies },
	{ "memory.bad_map", bad_map },
	{ "memory.too_long", too_long },
	{ "memory.overlap", overlap },
	{ "memory.zero_fill", zero_fill },
	{ "memory.bad_unmap", bad_unmap },
	{ "memory.unmap_middle", unmap_middle },
	{ "memory.protection", protection },
	{ "memory.map_archive", map_archive },
	{ "memory.archive_tail", archive_tail },
	{ "memory.many_regions", many_regions },
	{ "memory.far_apart", far_apart },
	{ "memory.deep_stack", deep_stack },
	{ "memory.malloc_limit", malloc_limit },
	{ "memory.exhausted", exhausted },
	{ NULL, NULL },
};
