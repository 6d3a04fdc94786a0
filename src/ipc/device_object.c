/* SPDX-License-Identifier: MIT */
/* See device_object.h. */
#include "ipc/device_object.h"
#include "core/machine.h"
#include "ipc/memory_object.h"
#include "kernel/errno.h"
#include "mm/kmap.h"
#include "mm/slab.h"

#define REGISTERS_MAX (64UL << 20) /* of one range, bytes */

struct device_object {
	struct object object;
	fdt_node node; /* [I] */
};

static struct cache device_cache;

fdt_node device_node(const struct object *o)
{
	return container_of(o, struct device_object, object)->node;
}

static void device_gone(struct object *o)
{
	cache_free(&device_cache, container_of(o, struct device_object, object));
}

int device_object_create(fdt_node node, struct object **out)
{
	static const struct object_ops ops = { .release = device_gone };
	struct device_object *d = cache_zalloc(&device_cache);

	if (!d)
		return -ENOMEM;
	object_init(&d->object, OBJ_DEVICE, &ops);
	d->node = node;
	*out = &d->object;
	return 0;
}

int device_find(struct object *device, const char *compatible, u64 n, struct object **out)
{
	const struct fdt *f = &machine_fdt;
	fdt_node node = device_node(device);
	int depth = 0;

	while ((node = fdt_next(f, node, &depth)) >= 0 && depth > 0)
		if (fdt_is_compatible(f, node, compatible) && fdt_is_available(f, node) &&
		    n-- == 0)
			return device_object_create(node, out);
	return -ENOENT;
}

const void *device_property(struct object *device, const char *name, u32 *len)
{
	return fdt_get(&machine_fdt, device_node(device), name, len);
}

/* Nobody else's: neither memory nor what a driver in the kernel has mapped. */
static bool is_free(paddr_t pa, u64 size)
{
	for (u64 at = 0; at < size; at += PAGE_SIZE)
		if (pa + at >= LINEAR_SIZE || kmap_lookup(LINEAR_BASE + pa + at))
			return false;
	return !ioremap_has(pa, size);
}

int device_memory(struct object *device, u64 n, struct object **out, u64 *offset, u64 *size)
{
	u64 base, end;
	int err = n > ~0U ? -ENOENT :
			    fdt_reg(&machine_fdt, device_node(device), (u32)n, &base, size);

	if (err)
		return err == -ENOENT ? err : -EINVAL;
	if (*size == 0 || *size > REGISTERS_MAX || base + *size < base)
		return -EINVAL;
	*offset = base % PAGE_SIZE;
	base -= *offset;
	end = ALIGN_UP(base + *offset + *size, PAGE_SIZE);
	if (!is_free(base, end - base))
		return -EBUSY;
	return memory_object_device(base, end - base, out);
}

void device_object_init(void)
{
	cache_init(&device_cache, "device object", sizeof(struct device_object), 0);
}
