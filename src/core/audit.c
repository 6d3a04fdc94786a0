/* SPDX-License-Identifier: MIT */
#include "core/audit.h"
#include "core/log.h"
#include "lib/format.h"

struct audit *audit_list; /* written at boot only */

void audit_register(struct audit *a)
{
	a->next = audit_list;
	audit_list = a;
}

unsigned int audit_run_all(void)
{
	unsigned int wrong = 0;

	for (struct audit *a = audit_list; a; a = a->next)
		wrong += a->run();
	return wrong;
}

void audit_report(const char *fmt, ...)
{
	char buf[140];
	va_list ap;

	va_start(ap, fmt);
	fmt_vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	log_err("audit: %s", buf);
}
