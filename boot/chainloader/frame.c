/* SPDX-License-Identifier: MIT */
/*
 * See frame.h. Noise before a frame is skipped. A frame that is broken, or stops for
 * longer than GAP_NS, is given up as a whole: the host is silent until it asks again.
 */
#include <arm_acle.h>

#include "boot/chainloader/frame.h"
#include "boot/chainloader/line.h"
#include "kernel/errno.h"

#define MAGIC_0 0xa5
#define MAGIC_1 0x4c
#define GAP_NS (50 * NSEC_PER_MSEC)
#define HUNT_NS (2 * NSEC_PER_MSEC)

/* CRC32B is an option of Armv8.0 that both the Cortex-A53 and the A72 have. */
static u32 crc_byte(u32 inverted, u8 byte)
{
	return __crc32b(inverted, byte);
}

u32 crc32(u32 crc, const u8 *data, u32 bytes)
{
	crc = ~crc;
	while (bytes--)
		crc = crc_byte(crc, *data++);
	return ~crc;
}

static u32 put(u32 crc, u32 value, u32 bytes)
{
	for (; bytes; bytes--, value >>= 8) {
		line_put((u8)value);
		crc = crc_byte(crc, (u8)value);
	}
	return crc;
}

void frame_put(enum frame_type type, u32 arg, const char *text)
{
	u32 crc = ~0u, bytes = 0;

	while (text && text[bytes])
		bytes++;
	line_put(MAGIC_0);
	line_put(MAGIC_1);
	crc = put(crc, type, 1);
	crc = put(crc, bytes, 2);
	crc = put(crc, arg, 4);
	for (u32 i = 0; i < bytes; i++)
		crc = put(crc, (u8)text[i], 1);
	put(0, ~crc, 4);
}

/* `bytes` of a frame, at most 4, as a number. */
static int get(u32 *value, u32 *crc, u32 bytes)
{
	*value = 0;
	for (u32 i = 0; i < bytes; i++) {
		int byte = line_get(GAP_NS);

		if (byte < 0)
			return -EIO;
		*value |= (u32)byte << 8 * i;
		*crc = crc_byte(*crc, (u8)byte);
	}
	return 0;
}

static int get_body(struct frame *f)
{
	u32 crc = ~0u, value, theirs, ours;

	if (get(&value, &crc, 1))
		return -EIO;
	f->type = (u8)value;
	if (get(&value, &crc, 2) || value > FRAME_DATA_MAX)
		return -EIO;
	f->bytes = (u16)value;
	if (get(&f->arg, &crc, 4))
		return -EIO;
	for (u32 i = 0; i < f->bytes; i++) {
		if (get(&value, &crc, 1))
			return -EIO;
		f->data[i] = (u8)value;
	}
	ours = ~crc;
	return get(&theirs, &crc, 4) || theirs != ours ? -EIO : 0;
}

int frame_get(struct frame *f, u64 end_ns)
{
	int last = 0, byte;

	/* At least one look: noise alone must not keep us for ever. */
	do {
		byte = line_get(HUNT_NS);
		if (last == MAGIC_0 && byte == MAGIC_1)
			return get_body(f);
		last = byte;
	} while (now_ns() < end_ns);
	return -EAGAIN;
}
