/* SPDX-License-Identifier: MIT */
/*
 * Interrupts of devices that programs drive. The line goes off when it has come, and stays
 * so until the driver has acknowledged it, so that the kernel need not know how to make
 * the device quiet. Whoever has the object has the line: a driver that ends gives it back.
 */
#include "core/irq.h"
#include "core/machine.h"
#include "ipc/device_object.h"
#include "kernel/errno.h"
#include "mm/slab.h"

struct interrupt_object {
	struct object object;
	u32 irq;	      /* [I] */
	struct signal signal; /* [I] its notification is referenced */
};

/* Interrupt context. Off first: the driver may acknowledge as soon as it is told. */
static void comes(void *arg)
{
	struct interrupt_object *i = arg;

	irq_line_off(i->irq);
	notification_signal_from_irq(&i->signal);
}

static void gone(struct object *o)
{
	struct interrupt_object *i = container_of(o, struct interrupt_object, object);

	irq_release(i->irq);
	object_put(&i->signal.to->object);
	kfree(i);
}

int device_interrupt(struct object *device, u64 n, struct notification *to, u64 bits,
		     struct object **out)
{
	static const struct object_ops ops = { .release = gone };
	int irq = n > ~0U ? -ENOENT : irq_of_node(&machine_fdt, device_node(device), (u32)n);
	struct interrupt_object *i;
	int err;

	if (irq < 0)
		return irq;
	if ((u32)irq < IRQ_FIRST_SHARED) /* each CPU's own: the kernel's */
		return -EBUSY;
	i = kzalloc(sizeof(*i));
	if (!i)
		return -ENOMEM;
	i->irq = (u32)irq;
	i->signal = (struct signal){ to, bits };
	err = irq_request(i->irq, "program", comes, i);
	if (err) {
		kfree(i);
		return err;
	}
	object_get(&to->object);
	object_init(&i->object, OBJ_INTERRUPT, &ops);
	*out = &i->object;
	return 0;
}

void interrupt_ack(struct object *interrupt)
{
	irq_line_on(container_of(interrupt, struct interrupt_object, object)->irq);
}
