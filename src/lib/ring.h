/* SPDX-License-Identifier: MIT */
/*
 * Ring of bytes between one producer and one consumer: an interrupt handler and
 * a thread, say, on the same CPU or on two. Neither ever waits for the other.
 *
 * head counts the bytes ever put, tail those ever taken; both only grow and wrap
 * at 2^32, so head - tail is the fill and no slot is lost to tell full from
 * empty. The size is a power of two up to 2^31. Only the producer writes head,
 * only the consumer writes tail:
 *
 *	producer                        consumer
 *	load-acquire tail  <-[RING-2]-- store-release tail
 *	write bytes                     read bytes
 *	store-release head --[RING-1]-> load-acquire head
 *
 * [RING-1]: the bytes are there before the head that announces them is seen.
 * [RING-2]: they have been read before the space they held is reused.
 *
 * With several producers (or consumers), these need a lock among themselves.
 */
#pragma once

#include "kernel/compiler.h"
#include "kernel/types.h"

struct ring {
	u8 *buf;   /* [I] */
	u32 mask;  /* [I] size - 1 */
	u32 head;  /* [a] written by the producer */
	u32 tail;  /* [a] written by the consumer */
};

/* size: bytes, a power of two up to 2^31. */
static inline void ring_init(struct ring *r, void *buf, u32 size)
{
	*r = (struct ring){ .buf = buf, .mask = size - 1 };
}

/* Bytes to be taken. For the consumer a lower bound, for others a hint. */
static inline u32 ring_count(const struct ring *r)
{
	u32 tail = __atomic_load_n(&r->tail, __ATOMIC_RELAXED);

	return __atomic_load_n(&r->head, __ATOMIC_ACQUIRE) - tail; /* [RING-1] */
}

/* Bytes that fit. For the producer a lower bound, for others a hint. */
static inline u32 ring_space(const struct ring *r)
{
	u32 head = __atomic_load_n(&r->head, __ATOMIC_RELAXED);
	u32 tail = __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE); /* [RING-2] */

	return r->mask + 1 - (head - tail);
}

/* Producer: as many of n bytes as fit; returns how many. */
static inline u32 ring_push_many(struct ring *r, const void *bytes, u32 n)
{
	const u8 *from = bytes;
	u32 head = r->head, fit = MIN(n, ring_space(r));

	for (u32 i = 0; i < fit; i++)
		r->buf[(head + i) & r->mask] = from[i];
	__atomic_store_n(&r->head, head + fit, __ATOMIC_RELEASE); /* [RING-1] */
	return fit;
}

/* Consumer: up to n bytes that are there; returns how many. */
static inline u32 ring_pop_many(struct ring *r, void *bytes, u32 n)
{
	u8 *to = bytes;
	u32 tail = r->tail, have = MIN(n, ring_count(r));

	for (u32 i = 0; i < have; i++)
		to[i] = r->buf[(tail + i) & r->mask];
	__atomic_store_n(&r->tail, tail + have, __ATOMIC_RELEASE); /* [RING-2] */
	return have;
}

/* Producer: one byte; false if the ring is full. */
static inline bool ring_put(struct ring *r, u8 byte)
{
	return ring_push_many(r, &byte, 1) == 1;
}

/* Consumer: one byte; false if the ring is empty. */
static inline bool ring_get(struct ring *r, u8 *byte)
{
	return ring_pop_many(r, byte, 1) == 1;
}
