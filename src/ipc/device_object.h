/* SPDX-License-Identifier: MIT */
/*
 * Devices for drivers that are programs. A device is a node of the machine's device tree;
 * whoever has a handle to one reaches what the tree says of it and of what is below:
 * properties, registers, interrupts. The first one, to the whole tree, has init.
 *
 * What the kernel itself uses it gives to nobody, nor what is memory.
 */
#pragma once

#include "ipc/notification.h"
#include "lib/fdt.h"

/* All thread context, IRQs on, no locks. The object has one reference. */
int device_object_create(fdt_node node, struct object **out) __must_check; /* -ENOMEM */
/* The n-th node below that is available and says that it is compatible: 0, -ENOENT,
 * -ENOMEM. */
int device_find(struct object *device, const char *compatible, u64 n, struct object **out);
fdt_node device_node(const struct object *device);
/* Its bytes, which stay; NULL: it has no such property. */
const void *device_property(struct object *device, const char *name, u32 *len);
/* Memory that is its n-th range of registers, which begins *offset bytes in: 0, -ENOENT,
 * -EINVAL (the tree makes no sense), -EBUSY (the kernel's, or memory), -ENOMEM. */
int device_memory(struct object *device, u64 n, struct object **out, u64 *offset, u64 *size);
/* Its n-th interrupt, which is on: 0, -ENOENT, -EINVAL, -EBUSY, -ENOMEM. */
int device_interrupt(struct object *device, u64 n, struct notification *to, u64 bits,
		     struct object **out);
/* Let the next one through. */
void interrupt_ack(struct object *interrupt);
void device_object_init(void);
