/* SPDX-License-Identifier: MIT */
/*
 * A kernel over the serial line, or else the one that came along on the card.
 *
 *   announce -- START --> receive -- BOOT --> that kernel
 *      ^  |                  |
 *      |  no host for long   no valid frame for SILENCE_NS
 *      |  '-> the card's     |
 *      '---------------------'
 *
 * What has been received stays when a host falls silent, and the next that sends the
 * same image goes on behind it. Nothing is written to KERNEL_AT before all of it is
 * there: until then the card's kernel can be booted.
 */
#include "boot/chainloader/frame.h"
#include "boot/chainloader/layout.h"
#include "boot/chainloader/line.h"
#include "kernel/errno.h"

#define HELLO_NS (NSEC_PER_SEC / 4)
#define SILENCE_NS (3 * NSEC_PER_SEC / 2)
#define LINGER_NS (NSEC_PER_SEC / 4)
#define RESUME_NS (10 * NSEC_PER_SEC) /* for a host that has been there already */

/* The arm64 Image header. */
#define HEADER_BYTES 64
#define HEADER_IMAGE_SIZE 16
#define HEADER_MAGIC 56
#define IMAGE_MAGIC 0x644d5241 /* "ARM\x64" */
#define TREE_MAGIC 0xedfe0dd0	/* 0xd00dfeed, as it lies in memory */

_Noreturn void chainloader_main(const u8 *tree, const u8 *carried, u64 bytes);
_Noreturn void start_kernel(const u8 *tree, const u8 *end);

/* What the host said is to come, and how much of it has. */
static struct image {
	u32 bytes, crc;
	u32 have, have_crc;
} image;
static struct frame frame;
static u8 *const staging = (u8 *)STAGING_AT;

static void copy(u8 *to, const u8 *from, u64 bytes)
{
	while (bytes--)
		*to++ = *from++;
}

static u32 word(const u8 *at)
{
	return at[0] | at[1] << 8 | at[2] << 16 | (u32)at[3] << 24;
}

static u32 be_word(const u8 *at)
{
	return __builtin_bswap32(word(at));
}

/* Would a kernel of so many bytes write over its device tree? */
static bool covers_tree(const u8 *tree, u64 bytes)
{
	uintptr_t at = (uintptr_t)tree;

	if (at % 8 || at < HEADER_BYTES || at >= KERNEL_AT + bytes || word(tree) != TREE_MAGIC)
		return false;
	return at + be_word(tree + 4) > KERNEL_AT;
}

/* Why the image that begins in `staging` cannot be booted; NULL: nothing is known. */
static const char *objection(const u8 *tree)
{
	u64 in_memory;

	if (image.have < HEADER_BYTES)
		return NULL;
	if (word(staging + HEADER_MAGIC) != IMAGE_MAGIC)
		return "not an arm64 Image";
	in_memory = word(staging + HEADER_IMAGE_SIZE) |
		    (u64)word(staging + HEADER_IMAGE_SIZE + 4) << 32;
	in_memory = in_memory > image.bytes ? in_memory : image.bytes;
	if (in_memory > IMAGE_MAX)
		return "larger than 32 MB";
	if (covers_tree(tree, in_memory))
		return "so large that it reaches into the device tree";
	return NULL;
}

static void refuse(const char *why)
{
	image = (struct image){ 0 };
	frame_put(FRAME_REFUSED, 0, why);
}

static void do_start(void)
{
	u32 crc;

	if (frame.bytes != 4)
		return;
	crc = word(frame.data);
	if (frame.arg < HEADER_BYTES || frame.arg > IMAGE_MAX) {
		refuse("not an arm64 Image of at most 32 MB");
		return;
	}
	if (image.bytes != frame.arg || image.crc != crc)
		image = (struct image){ .bytes = frame.arg, .crc = crc };
	frame_put(FRAME_ACK, image.have, NULL);
}

static void do_baud(void)
{
	u32 baud = frame.arg;

	if (baud != LINE_BAUD && baud != LINE_FAST) {
		frame_put(FRAME_NAK, image.have, NULL);
		return;
	}
	frame_put(FRAME_ACK, image.have, NULL);
	line_set_baud(baud);
}

static void do_data(const u8 *tree)
{
	const char *why;

	if (frame.arg == image.have && frame.bytes <= image.bytes - image.have) {
		copy(staging + image.have, frame.data, frame.bytes);
		image.have += frame.bytes;
		image.have_crc = crc32(image.have_crc, frame.data, frame.bytes);
	}
	why = objection(tree);
	if (why)
		refuse(why);
	else
		frame_put(FRAME_ACK, image.have, NULL);
}

/* Is all of it there? What is wrong as a whole is sent anew. */
static bool do_boot(void)
{
	if (image.bytes && image.have == image.bytes && image.have_crc == image.crc)
		return true;
	if (image.have == image.bytes)
		image.have = image.have_crc = 0;
	frame_put(FRAME_NAK, image.have, NULL);
	return false;
}

/* The answer that nobody asks for again if it is lost, once we are gone. */
static void say_done(void)
{
	u64 end_ns = now_ns() + LINGER_NS;

	do
		frame_put(FRAME_DONE, image.bytes, NULL);
	while (frame_get(&frame, end_ns) != -EAGAIN);
}

/* Answer a host until it says BOOT (true) or is silent (false). START was the first. */
static bool receive(const u8 *tree)
{
	u64 end_ns = now_ns() + SILENCE_NS;
	int err;

	do_start();
	for (;;) {
		err = frame_get(&frame, end_ns);
		if (err == -EAGAIN)
			return false;
		if (err) {
			frame_put(FRAME_NAK, image.have, NULL);
			continue;
		}
		switch (frame.type) {
		case FRAME_START:
			do_start();
			break;
		case FRAME_BAUD:
			do_baud();
			break;
		case FRAME_PING:
			frame_put(FRAME_ACK, image.have, NULL);
			break;
		case FRAME_DATA:
			do_data(tree);
			break;
		case FRAME_BOOT:
			if (do_boot())
				return true;
			break;
		default:
			continue; /* our own, come back */
		}
		end_ns = now_ns() + SILENCE_NS;
	}
}

/* Is there a host that says START? */
static bool announce(u64 for_ns)
{
	u64 end_ns = now_ns() + for_ns, next_ns = 0;

	while (now_ns() < end_ns) {
		if (now_ns() >= next_ns) {
			frame_put(FRAME_HELLO, FRAME_VERSION, NULL);
			next_ns = now_ns() + HELLO_NS;
		}
		if (!frame_get(&frame, next_ns) && frame.type == FRAME_START)
			return true;
	}
	return false;
}

static _Noreturn void boot(const u8 *tree, const u8 *from, u64 bytes)
{
	u8 *to = (u8 *)KERNEL_AT;

	line_drain();
	copy(to, from, bytes);
	start_kernel(tree, to + bytes);
}

_Noreturn void chainloader_main(const u8 *tree, const u8 *carried, u64 bytes)
{
	u64 for_ns = CONFIG_CHAINLOADER_WAIT_S * NSEC_PER_SEC;

	line_init();
	line_text("\r\nLodger: waiting for a kernel over the line (make flash)\r\n");
	while (announce(for_ns)) {
		bool whole = receive(tree);

		if (whole)
			say_done();
		line_set_baud(LINE_BAUD);
		if (whole)
			boot(tree, staging, image.bytes);
		for_ns = RESUME_NS;
	}
	line_text("\r\nLodger: none has come, booting the card's\r\n");
	boot(tree, carried, bytes);
}
