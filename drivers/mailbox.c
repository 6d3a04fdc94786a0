/* SPDX-License-Identifier: MIT */
/*
 * The mailbox between the CPUs and the VideoCore. The CPU writes the bus address of a
 * buffer and a channel number to mailbox 1; the firmware answers in the buffer and
 * writes the same word to mailbox 0. It does not look into our caches: the buffer has
 * cache lines of its own, which are cleaned before and invalidated after.
 */
#include "drivers/mailbox.h"
#include "arm64/tlb.h"
#include "core/clock.h"
#include "core/log.h"
#include "drivers/drivers.h"
#include "drivers/mmio.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "mm/page.h"

#define MAIL0_READ 0x00
#define MAIL0_STATUS 0x18
#define MAIL1_WRITE 0x20
#define MAIL1_STATUS 0x38
#define STATUS_FULL (1u << 31)
#define STATUS_EMPTY (1u << 30)

#define CHANNEL_PROPERTY 8
#define CHANNEL_MASK 0xf
#define REQUEST 0
#define DONE 0x80000000u
#define HEADER_WORDS 2
#define TIMEOUT_NS (NSEC_PER_SEC / 2)

/* The VideoCore sees the first GB here, past its own caches. */
#define BUS_UNCACHED 0xc0000000u
#define BUS_REACH 0x40000000u

static void __iomem *mailbox;
static u32 buffer[64] __aligned(256); /* whole cache lines */

/* Until none of `bits` is set in a status register; false: not in time. */
static bool wait_clear(u32 reg, u32 bits, u64 end_ns)
{
	while (mmio_read(mailbox, reg) & bits)
		if (clock_ns() > end_ns)
			return false;
	return true;
}

static int exchange(u32 word)
{
	u64 end_ns = clock_ns() + TIMEOUT_NS;

	if (!wait_clear(MAIL1_STATUS, STATUS_FULL, end_ns))
		return -ETIMEDOUT;
	mmio_write(mailbox, MAIL1_WRITE, word);
	while (clock_ns() <= end_ns && wait_clear(MAIL0_STATUS, STATUS_EMPTY, end_ns))
		if (mmio_read(mailbox, MAIL0_READ) == word)
			return 0; /* others are answers that somebody did not wait for */
	return -ETIMEDOUT;
}

int mailbox_ask(u32 *tags, u32 n)
{
	u32 pa = (u32)sym_to_phys(buffer);
	int err;

	if (!mailbox)
		return -ENODEV;
	if (n > MAILBOX_WORDS_MAX)
		return -E2BIG;
	buffer[0] = (HEADER_WORDS + n + 1) * sizeof(u32);
	buffer[1] = REQUEST;
	memcpy(&buffer[HEADER_WORDS], tags, n * sizeof(u32));
	buffer[HEADER_WORDS + n] = 0; /* no more tags */
	dcache_flush_poc(buffer, sizeof(buffer));
	err = exchange(pa | BUS_UNCACHED | CHANNEL_PROPERTY);
	dcache_flush_poc(buffer, sizeof(buffer));
	if (err) {
		log_warn("mailbox: the firmware does not answer");
		mailbox = NULL;
		return err;
	}
	if (READ_ONCE(buffer[1]) != DONE)
		return -EIO;
	memcpy(tags, &buffer[HEADER_WORDS], n * sizeof(u32));
	return 0;
}

u32 mailbox_clock_hz(u32 clock)
{
	u32 tag[] = { TAG_GET_CLOCK_RATE, 8, 0, clock, 0 };

	return mailbox_ask(tag, ARRAY_SIZE(tag)) ? 0 : tag[4];
}

int mailbox_init(const struct fdt *f)
{
	fdt_node node = fdt_compatible(f, -1, "brcm,bcm2835-mbox");

	/* A kernel that was loaded higher cannot be answered. */
	if (sym_to_phys(buffer) + sizeof(buffer) > BUS_REACH)
		return -ENODEV;
	return map_registers(f, node, 0, 0x40, &mailbox);
}
