/* SPDX-License-Identifier: MIT */
/*
 * The server of the card's files (user/servers/files.h): a reader of FAT file systems above a
 * server of blocks, and the pager of the files that are open. It has the console and
 * the endpoint of that server, and nothing of the card itself.
 *
 * What is open is known by the badge of the kernel's requests for pages. All of it is
 * forgotten when the card is another one: what is touched of the old files then is a fault.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "fat.h"
#include "file_server.h"
#include "log.h"
#include "services.h"

#define HANDLE_BLOCKS (HANDLE_CONSOLE + 1)
#define WINDOW 0x10000		 /* bytes that are read from the card at once */
#define AHEAD 0x4000		 /* bytes that are paged in at once */
#define OPEN_MAX 128
#define ANSWER_NS (20 * NSEC_PER_SEC) /* more than a stuck controller takes */

static struct fat fat;
static bool mounted;
static uint64_t of_card; /* which, as the server of blocks counts them */
static uint8_t *window;
static long window_memory;

static struct file {
	struct fat_node node;
	uint64_t badge; /* 0: free */
	long memory;
	uint64_t used;	/* when last */
} files[OPEN_MAX];
static uint64_t last_badge = FILE_SERVER_PAGER, now;

/* ---- blocks ---- */

static long ask(struct ipc_message *m)
{
	long err = sys_ipc(SYS_ipc_call, HANDLE_BLOCKS, m, ANSWER_NS);

	return err ? err : (long)m->word[0];
}

static long attach(void)
{
	struct ipc_message m = { { BLOCK_ATTACH, WINDOW }, 0, 0, 0 };
	long h = sys_handle_duplicate(window_memory, RIGHT_READ | RIGHT_WRITE, 0);

	if (h < 0)
		return h;
	m.send = (uint64_t)h;
	return ask(&m);
}

/* Once more if the server is a new one and knows nothing of us. */
static long request(struct ipc_message *m)
{
	struct ipc_message again = *m;
	long err = ask(m);

	if (err == -EPIPE) { /* it ended meanwhile */
		*m = again;
		err = ask(m);
	}
	if (err == -ENOTCONN) {
		err = attach();
		*m = again;
		if (!err)
			err = ask(m);
	}
	return err;
}

static int read_sectors(void *ctx, uint64_t sector, unsigned int count, void *buf)
{
	uint8_t *to = buf;

	(void)ctx;
	while (count > 0) {
		unsigned int n = count < WINDOW / BLOCK_SIZE ? count : WINDOW / BLOCK_SIZE;
		struct ipc_message m = { { BLOCK_READ, of_card, sector, n, 0 }, 0, 0, 0 };
		long err = request(&m);

		if (err) {
			mounted &= err != -ENODEV;
			return (int)err;
		}
		memcpy(to, window, n * BLOCK_SIZE);
		to += n * BLOCK_SIZE;
		sector += n;
		count -= n;
	}
	return 0;
}

static void forget(struct file *f)
{
	if (f->badge)
		sys_close(f->memory);
	f->badge = 0;
}

/* Have the file system of the card that is there. */
static int mount(void)
{
	struct ipc_message m = { { BLOCK_INFO }, 0, 0, 0 };
	int err = (int)request(&m);

	if (err || m.word[2] != of_card)
		mounted = false;
	if (err || mounted)
		return err;
	for (int i = 0; i < OPEN_MAX; i++)
		forget(&files[i]);
	of_card = m.word[2];
	/* Who served before us had our badge; the server of blocks may still know that window. */
	err = (int)attach();
	if (err)
		return err;
	memset(&fat, 0, sizeof(fat));
	fat.read = read_sectors;
	fat.sectors = m.word[1];
	err = fat_mount(&fat);
	mounted = !err;
	if (mounted)
		lodger_log("FAT%d mounted", fat.fat32 ? 32 : 16);
	return err;
}

/* ---- pages ---- */

static uint64_t whole_pages(uint32_t bytes)
{
	return ((uint64_t)bytes + USER_PAGE_SIZE - 1) / USER_PAGE_SIZE * USER_PAGE_SIZE;
}

static long page_in(uint64_t badge, uint64_t offset)
{
	struct file *f = NULL;
	uint32_t len = AHEAD;
	long stock, at, given;
	int32_t n;

	for (int i = 0; i < OPEN_MAX && !f; i++)
		if (files[i].badge == badge)
			f = &files[i];
	if (!f || !mounted || offset >= f->node.size)
		return -EIO;
	f->used = ++now;
	if (len > f->node.size - offset)
		len = (uint32_t)(f->node.size - offset);
	stock = sys_memory_create(AHEAD);
	if (stock < 0)
		return stock;
	at = sys_vm_map(stock, 0, AHEAD, PROT_READ | PROT_WRITE, 0);
	n = at < 0 ? (int32_t)at : fat_read(&fat, &f->node, (uint32_t)offset, (void *)at, len);
	given = n < 0 ? n :
			sys_memory_supply(f->memory, offset, stock, 0, whole_pages((uint32_t)n));
	if (at > 0)
		sys_vm_unmap((uint64_t)at, AHEAD);
	sys_close(stock);
	/* Of several threads that touched it, one was the first. */
	return given == -EEXIST || given > 0 ? 0 : -EIO;
}

/* ---- files ---- */

static struct file *file_of(const struct fat_node *node)
{
	struct file *oldest = &files[0];

	for (int i = 0; i < OPEN_MAX; i++) {
		struct file *f = &files[i];

		if (f->badge && f->node.first == node->first && f->node.size == node->size)
			return f;
		if (!f->badge || (oldest->badge && f->used < oldest->used))
			oldest = f;
	}
	forget(oldest);
	oldest->node = *node;
	return oldest;
}

static long open_file(const char *path, uint64_t *size)
{
	struct fat_node node;
	struct file *f;
	long err = mount();

	if (!err)
		err = fat_open(&fat, path, &node);
	if (!err && node.folder)
		err = -EINVAL;
	if (err)
		return err;
	f = file_of(&node);
	f->used = ++now;
	if (!f->badge) {
		uint64_t whole = node.size ? whole_pages(node.size) : USER_PAGE_SIZE;

		f->memory = sys_memory_paged(HANDLE_SERVICE, last_badge + 1, whole);
		if (f->memory < 0)
			return f->memory;
		f->badge = ++last_badge;
	}
	*size = node.size;
	return sys_handle_duplicate(f->memory, RIGHT_READ | RIGHT_SPAWN | RIGHT_DUPLICATE, 0);
}

static long list(const char *path, uint64_t *cursor, struct file_entry *out)
{
	static struct fat_entry e;
	uint32_t at = (uint32_t)*cursor;
	struct fat_node folder;
	long err = mount();

	if (!err)
		err = fat_open(&fat, path, &folder);
	if (!err)
		err = fat_list(&fat, &folder, &at, &e);
	*cursor = at;
	*out = (struct file_entry){ e.name, e.size, e.folder };
	return err;
}

int main(void)
{
	static const struct file_server server = { open_file, list, page_in };
	long at;

	window_memory = sys_memory_create(WINDOW);
	at = sys_vm_map(window_memory, 0, WINDOW, PROT_READ | PROT_WRITE, 0);
	if (at < 0)
		return EXIT_ERROR;
	window = (uint8_t *)at;
	return file_server_run(&server);
}
