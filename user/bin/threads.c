/* SPDX-License-Identifier: MIT */
/*
 * Several threads of one process share a heap: each allocates, fills, checks
 * and frees blocks of many sizes, and hands some to its neighbour to free. A
 * lost update or a block given out twice shows as a wrong byte.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lodger.h"

#define THREADS_MAX 32
#define DEFAULT_THREADS 4
#define ROUNDS 500
#define LIVE 16
#define SIZE_MAX_BYTES 700

struct block {
	unsigned char *data;
	unsigned int size;
	unsigned char fill;
};

static struct block mailbox[THREADS_MAX]; /* [mail_lock] */
static struct lodger_lock mail_lock;
static _Thread_local unsigned int random_state; /* its own in each thread */

static unsigned int random_next(void)
{
	random_state = random_state * 1664525u + 1013904223u;
	return random_state >> 8;
}

/* Free b; 1 if anyone else has written to it. */
static int block_release(struct block *b)
{
	int wrong = 0;

	for (unsigned int i = 0; i < b->size; i++)
		wrong |= b->data[i] != b->fill;
	free(b->data);
	*b = (struct block){ 0 };
	return wrong;
}

static void block_fill(struct block *b, unsigned char fill)
{
	b->size = 1 + random_next() % SIZE_MAX_BYTES;
	b->fill = fill;
	b->data = malloc(b->size);
	if (!b->data)
		lodger_die("out of memory");
	memset(b->data, fill, b->size);
}

/* Swap b with what lies in the neighbour's mailbox. */
static void block_trade(struct block *b, unsigned int slot)
{
	struct block mine = *b;

	lodger_lock(&mail_lock);
	*b = mailbox[slot];
	mailbox[slot] = mine;
	lodger_unlock(&mail_lock);
}

static int worker(void *arg)
{
	unsigned int me = (unsigned int)(uintptr_t)arg;
	struct block live[LIVE] = { 0 };
	int wrong = 0;

	random_state = me * 7919 + 1;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct block *b = &live[random_next() % LIVE];

		if (b->data)
			wrong += block_release(b);
		block_fill(b, (unsigned char)(me * 37 + round));
		if (random_next() % 4 == 0)
			block_trade(b, (me + 1) % THREADS_MAX);
		if (random_next() % 64 == 0)
			lodger_yield();
	}
	for (unsigned int i = 0; i < LIVE; i++)
		wrong += block_release(&live[i]);
	return wrong;
}

int main(int argc, char **argv)
{
	struct lodger_thread thread[THREADS_MAX];
	unsigned long count = DEFAULT_THREADS, started;
	int wrong = 0;

	lodger_help(argc, argv, "threads [count]");
	if (argc > 1)
		count = lodger_number("count", argv[1], 1, THREADS_MAX);
	for (started = 0; started < count; started++) {
		int ret = lodger_thread_create(&thread[started], worker,
					       (void *)started);

		if (ret) {
			fprintf(stderr, "threads: number %lu: %s\n",
				started + 1, lodger_strerror(-ret));
			break;
		}
	}
	for (unsigned long i = 0; i < started; i++) {
		int result = 1;

		if (lodger_thread_join(&thread[i], &result))
			result = 1;
		wrong += result;
	}
	for (unsigned int i = 0; i < THREADS_MAX; i++)
		wrong += block_release(&mailbox[i]);
	printf("threads: %lu of %lu ran, %d wrong block%s\n", started, count,
	       wrong, wrong == 1 ? "" : "s");
	return started == count && !wrong ? EXIT_OK : EXIT_ERROR;
}
