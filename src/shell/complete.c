/* SPDX-License-Identifier: MIT */
/* Gathering and listing of completions; see complete.h. Pure. */
#include "shell/complete.h"

#include "lib/format.h"
#include "lib/string.h"

void complete_add(struct completions *c, const char *candidate)
{
	size_t n = strlen(candidate), same = 0;

	if (n >= COMPLETION_MAX || n < c->prefix_len ||
	    strncmp(candidate, c->prefix, c->prefix_len) != 0)
		return;
	if (c->list) {
		if (c->at && c->at + c->cell > c->columns) {
			out_puts(c->list, "\n");
			c->at = 0;
		}
		out_text(c->list, candidate);
		out_pad(c->list, (int)(c->cell - n));
		c->at += c->cell;
		return;
	}
	if (c->count++ == 0) {
		str_copy(c->common, candidate, sizeof(c->common));
	} else {
		while (c->common[same] && c->common[same] == candidate[same])
			same++;
		c->common[same] = 0;
	}
	c->widest = MAX(c->widest, (unsigned int)n);
}

void complete_add_u64(struct completions *c, u64 candidate)
{
	char buf[24];

	fmt_snprintf(buf, sizeof(buf), "%llu", (unsigned long long)candidate);
	complete_add(c, buf);
}

void complete_list_begin(struct completions *c, struct out *o,
			 unsigned int columns)
{
	c->list = o;
	c->columns = columns;
	c->cell = c->widest + 2;
	c->at = 0;
}

void complete_list_end(struct completions *c)
{
	if (c->at)
		out_puts(c->list, "\n");
	c->list = NULL;
}
