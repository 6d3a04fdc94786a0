/* SPDX-License-Identifier: MIT */
/* Memory that clients have attached to a server, each one at a time, by badge. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define ATTACHED_MAX 16

struct attached {
	uint64_t badge;
	uint8_t *at; /* mapped here; NULL: free */
	size_t size; /* bytes */
	long handle;
	uint64_t used; /* when last */
};

/* Take over a handle: 0, or -EINVAL (no memory, or more than max bytes), -ENOMEM, and it is
 * closed. If there are too many the one that was not used for longest goes. */
long attached_add(struct attached list[ATTACHED_MAX], uint64_t badge, long handle, size_t max);
/* Of that client, or NULL. */
struct attached *attached_find(struct attached list[ATTACHED_MAX], uint64_t badge);
