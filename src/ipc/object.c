/* SPDX-License-Identifier: MIT */
#include "ipc/object.h"

const char *const object_type_names[NR_OBJ_TYPES] = {
	[OBJ_PROCESS] = "process",
	[OBJ_THREAD] = "thread",
	[OBJ_TERMINAL] = "terminal",
	[OBJ_MEMORY] = "memory",
	[OBJ_ENDPOINT] = "endpoint",
	[OBJ_NOTIFICATION] = "notification",
};
