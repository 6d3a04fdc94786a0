/* SPDX-License-Identifier: MIT */
/*
 * console=fb: all that goes to the console is shown on the HDMI display as well. The
 * firmware gives the pixels and scales them to whatever display there is.
 *
 * The text is kept in cells (lib/vt.h), in cached memory; pixels are only written, and
 * only those of cells that differ from what is shown. So a scroll reads no pixel.
 *
 * Locking: the console calls draw() under its lock, or in a panic with none.
 */
#include "core/console.h"
#include "core/log.h"
#include "drivers/drivers.h"
#include "drivers/font.h"
#include "drivers/mailbox.h"
#include "kernel/errno.h"
#include "lib/string.h"
#include "lib/vt.h"
#include "mm/kmap.h"

#define WIDTH 1024 /* pixels */
#define HEIGHT 768
#define DEPTH 32
#define DOT 2 /* pixels a dot, both ways */
#define CELL_WIDTH (CELL_COLS * DOT)
#define CELL_HEIGHT (CELL_ROWS * DOT)
#define COLS (WIDTH / CELL_WIDTH)
#define ROWS (HEIGHT / CELL_HEIGHT)
#define LEFT ((WIDTH - COLS * CELL_WIDTH) / 2)
#define TOP ((HEIGHT - ROWS * CELL_HEIGHT) / 2)

/* What the VideoCore calls an address has the kind of caching in its upper bits. */
#define BUS_ADDRESS 0x3fffffff

/* 0xRRGGBB by SGR's number, then the same when bold. */
static const u32 colours[2][8] = {
	{ 0x3b4252, 0xe0606c, 0x86c06c, 0xe0b060, 0x6c9ce0, 0xb48ce0, 0x5cc0c0, 0xc8ccd4 },
	{ 0x6c7484, 0xff7c88, 0xa4e088, 0xffd07c, 0x90bcff, 0xd0acff, 0x80e0e0, 0xffffff },
};
#define BACKGROUND 0x101418

static volatile u32 *pixels;	       /* [I] */
static u32 pitch;		       /* [I] pixels from one row to the next */
static struct vt vt;		       /* [console_lock] */
static struct vt_cell shown[ROWS][COLS]; /* [console_lock] */
_Static_assert(ROWS <= VT_ROWS && COLS <= VT_COLS, "the screen's cells fit");

static void draw_cell(u32 row, u32 col, struct vt_cell cell)
{
	u32 ink = colours[!!(cell.style & VT_BOLD)][cell.style & VT_COLOUR];
	u32 paper = BACKGROUND;
	u64 dots = cell.c < FONT_FIRST || cell.c > FONT_LAST ? 0 : font[cell.c - FONT_FIRST];
	volatile u32 *p = pixels + (TOP + row * CELL_HEIGHT) * pitch + LEFT +
			  col * CELL_WIDTH;

	if (cell.style & VT_REVERSE) {
		paper = ink;
		ink = BACKGROUND;
	}
	for (u32 y = 0; y < CELL_HEIGHT; y++, p += pitch) {
		u32 line = y / DOT;
		u32 bits = line < FONT_ROWS ? dots >> (8 * (FONT_ROWS - 1 - line)) & 0xff : 0;

		for (u32 x = 0; x < CELL_WIDTH; x++)
			p[x] = bits << (x / DOT) & 1 << (FONT_COLS - 1) ? ink : paper;
	}
}

/* The cell as it is seen: the cursor's is reversed. */
static struct vt_cell look(u32 row, u32 col)
{
	struct vt_cell cell = vt.cell[row][col];

	if (row == vt.row && col == MIN(vt.col, vt.cols - 1))
		cell.style ^= VT_REVERSE;
	return cell;
}

static void draw(const char *s, size_t n)
{
	vt_write(&vt, s, n);
	for (u32 row = 0; row < vt.rows; row++) {
		if (!(vt.dirty >> row & 1))
			continue;
		for (u32 col = 0; col < vt.cols; col++) {
			struct vt_cell now = look(row, col), *old = &shown[row][col];

			if (now.c == old->c && now.style == old->style)
				continue;
			draw_cell(row, col, now);
			*old = now;
		}
	}
	vt.dirty = 0;
}

static int allocate(paddr_t *base, u32 *size)
{
	u32 tags[] = {
		TAG_FB_SET_PHYSICAL, 8, 0, WIDTH, HEIGHT,
		TAG_FB_SET_VIRTUAL, 8, 0, WIDTH, HEIGHT,
		TAG_FB_SET_DEPTH, 4, 0, DEPTH,
		TAG_FB_SET_PIXEL_ORDER, 4, 0, 0,
		TAG_FB_ALLOCATE, 8, 0, PAGE_SIZE, 0,
		TAG_FB_GET_PITCH, 4, 0, 0,
	};
	int err = mailbox_ask(tags, ARRAY_SIZE(tags));

	if (err)
		return err;
	*base = tags[21] & BUS_ADDRESS;
	*size = tags[22];
	pitch = tags[26] / sizeof(u32);
	if (tags[3] != WIDTH || tags[4] != HEIGHT || tags[13] != DEPTH || *base == 0 ||
	    pitch < WIDTH || *size / sizeof(u32) / HEIGHT < pitch)
		return -EIO;
	return 0;
}

/* Two maps of one page must not differ in their caching (Arm ARM B2.8). */
static bool is_memory(paddr_t base, u32 size)
{
	for (u64 off = 0; off < size; off += PAGE_SIZE)
		if (kmap_lookup(LINEAR_BASE + base + off))
			return true;
	return false;
}

int framebuffer_init(void)
{
	paddr_t base;
	u32 size;
	int err = allocate(&base, &size);

	if (!err && is_memory(base, size))
		err = -EBUSY;
	if (!err) {
		pixels = kmap_pixels(base, size);
		err = pixels ? 0 : -ENOMEM;
	}
	if (err) {
		log_warn("console: no framebuffer (%d), serial line only", err);
		return err;
	}
	for (u32 i = 0; i < pitch * HEIGHT; i++)
		pixels[i] = BACKGROUND;
	vt_init(&vt, ROWS, COLS);
	console_set_mirror(draw);
	log_info("console: framebuffer at 0x%llx, %ux%u pixels, %ux%u letters, too",
		 (unsigned long long)base, WIDTH, HEIGHT, COLS, ROWS);
	return 0;
}
