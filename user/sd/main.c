/* SPDX-License-Identifier: MIT */
/*
 * The server of the SD card's blocks (user/servers/block.h). It has the console, to say when
 * a card comes or goes, and the controllers' device nodes, and takes the first one in which it
 * finds a card. It cannot write: the driver has no command for it.
 */
#include <errno.h>
#include <string.h>

#include "attached.h"
#include "block.h"
#include "log.h"
#include "sdcard.h"
#include "services.h"

#define HANDLE_DEVICE (HANDLE_CONSOLE + 1) /* and the ones behind it */
#define DEVICES_MAX 4
#define COMES 1 /* the interrupt's bit */
/* What is divided to make the card's clock. Who does not know takes the most that it may be:
 * then the card's is at the most what it was meant to be. */
#define BASE_CLOCK_HZ 250000000

static struct device {
	struct sdhci host;
	long irq, notification;
} devices[DEVICES_MAX];
static unsigned int nr_devices;
static struct sdcard card;  /* card.sectors 0: none has been started */
static uint64_t started;    /* how often one has */
static struct attached clients[ATTACHED_MAX];

static uint64_t now_ns(void *ctx)
{
	(void)ctx;
	return lodger_clock_ns();
}

/* The interrupt that was told last is acknowledged here: if there is still a reason, it
 * comes again at once. */
static int wait(void *ctx, uint64_t deadline_ns)
{
	struct device *d = ctx;
	uint64_t now = lodger_clock_ns();
	long ret;

	if (now >= deadline_ns)
		return 0;
	ret = sys_interrupt_ack(d->irq);
	if (!ret)
		ret = sys_notification_wait(d->notification, deadline_ns - now);
	return ret < 0 && ret != -ETIMEDOUT ? (int)ret : 0;
}

static bool is(long device, const char *compatible)
{
	char text[64];
	long n = sys_device_property(device, "compatible", strlen("compatible"), text,
				     sizeof(text) - 1);

	if (n <= 0)
		return false;
	text[n < (long)sizeof(text) ? n : (long)sizeof(text) - 1] = '\0';
	return !strcmp(text, compatible); /* the first of them */
}

static long take(struct device *d, long h)
{
	struct device_memory m;
	long err = sys_device_memory(h, 0, &m), at;

	if (err)
		return err;
	at = sys_vm_map((long)m.handle, 0, (uint64_t)sys_memory_size((long)m.handle),
			PROT_READ | PROT_WRITE, 0);
	if (at < 0)
		return at;
	d->notification = sys_notification_create();
	if (d->notification < 0)
		return d->notification;
	d->irq = sys_device_interrupt(h, 0, d->notification, COMES);
	if (d->irq == -EBUSY && nr_devices) {
		/* A Pi 4's controllers share a line. One card at a time is used. */
		d->irq = devices[0].irq;
		d->notification = devices[0].notification;
	}
	if (d->irq < 0)
		return d->irq;
	d->host = (struct sdhci){
		.regs = (volatile uint32_t *)((uintptr_t)at + m.offset),
		.base_clock_hz = BASE_CLOCK_HZ,
		.spaced_writes = is(h, "brcm,bcm2835-sdhci"),
		.wait = wait,
		.now_ns = now_ns,
		.ctx = d,
	};
	return 0;
}

/* Have a card ready. -ENODEV: in none of the slots; or what went wrong with the last. */
static int ready(void)
{
	int err = -ENODEV;

	if (card.sectors)
		return 0;
	for (unsigned int i = 0; !card.sectors && i < nr_devices; i++) {
		int why;

		card = (struct sdcard){ .host = &devices[i].host };
		why = sdcard_start(&card);
		if (!why)
			started++;
		else
			card.sectors = 0;
		if (why != -ENODEV)
			err = why;
	}
	if (!card.sectors)
		return err;
	lodger_log("card of %lu MB", (unsigned long)(card.sectors / (0x100000 / BLOCK_SIZE)));
	return 0;
}

static long read_blocks(const struct ipc_message *m)
{
	const struct attached *a = attached_find(clients, m->badge);
	uint64_t first = m->word[2], n = m->word[3], at = m->word[4];
	int err;

	if (!a)
		return -ENOTCONN;
	if (n == 0 || n > a->size / BLOCK_SIZE || at % BLOCK_SIZE || at > a->size ||
	    n > (a->size - at) / BLOCK_SIZE)
		return -EINVAL;
	err = ready();
	if (err)
		return err;
	if (m->word[1] != started)
		return -ENODEV;
	err = sdcard_read(&card, first, (unsigned int)n, a->at + at);
	if (err == -EIO) /* once more */
		err = sdcard_read(&card, first, (unsigned int)n, a->at + at);
	if (err == -ENODEV) {
		card.sectors = 0;
		lodger_log("the card is gone");
	}
	return err;
}

static long answer(const struct ipc_message *m, struct ipc_message *reply)
{
	long came = ipc_handle(m->came, 0), err;

	if (m->word[0] == BLOCK_ATTACH && came)
		return attached_add(clients, m->badge, came, BLOCK_MEMORY_MAX);
	if (came)
		sys_close(came);
	switch (m->word[0]) {
	case BLOCK_READ:
		return read_blocks(m);
	case BLOCK_INFO:
		err = ready();
		reply->word[1] = card.sectors;
		reply->word[2] = started;
		reply->word[3] = BLOCK_MEMORY_MAX / BLOCK_SIZE;
		return err;
	default:
		return -EINVAL;
	}
}

int main(void)
{
	for (long h = HANDLE_DEVICE; nr_devices < DEVICES_MAX; h++) {
		long why = take(&devices[nr_devices], h);

		if (why == -EBADF)
			break;
		nr_devices += !why;
	}
	return lodger_serve(1, answer);
}
