/* SPDX-License-Identifier: MIT */
/*
 * What a driver has: devices of the tree, their registers and interrupts. It runs in init's
 * place (init=devtest on the kernel's command line), since only init is given the tree.
 *
 * Its device is the mini-UART, whose transmitter interrupts as long as it is empty and may:
 * so it can be made to interrupt at will (BCM2835 ARM Peripherals, 2.2, AUX_MU_IER_REG).
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lodger.h"
#include "syscall.h"

#define TREE HANDLE_FIRST
#define UART "brcm,bcm2835-aux-uart"
#define AUX_ENABLES 0x04 /* from the beginning of the page */
#define MU_IER 0x04	 /* from the device's own registers */
#define IER_TRANSMIT 2
#define BIT 4
#define ROUNDS 100
#define LONG_NS (2 * NSEC_PER_SEC)

static unsigned int failed;

#define EXPECT(a, b)                                                                  \
	do {                                                                          \
		long a_ = (long)(a), b_ = (long)(b);                                  \
		if (a_ != b_) {                                                       \
			failed++;                                                     \
			printf("devtest: line %d: %s is %ld, not %s\n", __LINE__, #a, \
			       a_, #b);                                               \
		}                                                                     \
	} while (0)

static long find(long h, const char *compatible, uint64_t n)
{
	return sys_device_find(h, compatible, strlen(compatible), n);
}

static long property(long h, const char *name, void *buf, uint64_t len)
{
	return sys_device_property(h, name, strlen(name), buf, len);
}

static void looks(long uart)
{
	char text[64] = "";
	long n = property(uart, "compatible", text, sizeof(text));
	struct device_memory m;

	EXPECT(n, strlen(UART) + 1);
	EXPECT(strcmp(text, UART), 0);
	EXPECT(property(uart, "compatible", text, 4), n); /* as much as there is room for */
	EXPECT(property(uart, "no-such", text, 4), -ENOENT);
	EXPECT(property(uart, "", text, 4), -EINVAL);
	EXPECT(sys_device_property(uart, (char *)8, 4, text, 4), -EFAULT);
	EXPECT(property(uart, "reg", (void *)8, 4), -EFAULT);
	EXPECT(find(TREE, "no-such", 0), -ENOENT);
	EXPECT(find(TREE, UART, 1), -ENOENT);
	EXPECT(find(uart, UART, 0), -ENOENT); /* below it there is nothing */
	EXPECT(find(HANDLE_TERMINAL, UART, 0), -EBADF);
	EXPECT(find(sys_handle_duplicate(TREE, RIGHT_WRITE, 0), UART, 0), -EPERM);
	EXPECT(sys_device_memory(sys_handle_duplicate(uart, RIGHT_READ, 0), 0, &m), -EPERM);
	EXPECT(sys_device_memory(uart, 9, &m), -ENOENT);
	EXPECT(sys_device_memory(uart, 0, (struct device_memory *)8), -EFAULT);
}

/* What the kernel uses, and memory, it does not give away. */
static void kept(void)
{
	static const char *const kernels[] = { "arm,gic-400", "brcm,bcm2836-l1-intc",
					       "arm,pl011", "brcm,bcm2835-pm-wdt" };
	struct device_memory m;

	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		long h = find(TREE, kernels[i], 0);

		if (h != -ENOENT) /* a machine has some of them */
			EXPECT(sys_device_memory(h, 0, &m), -EBUSY);
	}
}

static volatile uint32_t *map(long uart, uint64_t *offset)
{
	struct device_memory m = { 0 };
	long at;

	EXPECT(sys_device_memory(uart, 0, &m), 0);
	EXPECT(m.size, 0x40);
	EXPECT(sys_vm_map((long)m.handle, 0, USER_PAGE_SIZE, PROT_READ | PROT_EXEC, 0), -EINVAL);
	EXPECT(sys_memory_clone((long)m.handle, 0, USER_PAGE_SIZE), -EINVAL);
	at = sys_vm_map((long)m.handle, 0, USER_PAGE_SIZE, PROT_READ | PROT_WRITE, 0);
	if (at < 0)
		lodger_die("registers: %s", lodger_strerror((int)-at));
	*offset = m.offset;
	return (volatile uint32_t *)at;
}

/* ---- what is in registers ---- */

#define LOW_PRIORITY 8

/* registers.S: with a pattern in each, which is there afterwards (0; the bits), or is not (-1).
 * The first returns when the driver has silenced the device. */
long interrupted(volatile uint32_t *ier, bool fp);
long wait_for_interrupt(long notification, bool fp);

/* Below the driver, which is asleep by then, if there is but one CPU. */
static int is_interrupted(void *arg)
{
	if (sys_thread_priority(HANDLE_NONE, LOW_PRIORITY))
		return 1;
	for (int i = 0; i < ROUNDS; i++)
		EXPECT(interrupted(arg, i & 1), 0);
	return 0;
}

/* Fails when the interrupted or the driver loses a register, or sees what was another's: where
 * the driver goes on at once (signal.S), on one CPU, and where it is woken, on several. */
static void registers(long n, long irq, volatile uint32_t *ier)
{
	struct lodger_thread thread;
	int result = 0;

	EXPECT(lodger_thread_create(&thread, is_interrupted, (void *)ier), 0);
	for (int i = 0; i < ROUNDS; i++) {
		EXPECT(wait_for_interrupt(n, i & 2), BIT);
		*ier = 0;
		EXPECT(sys_interrupt_ack(irq), 0);
	}
	EXPECT(lodger_thread_join(&thread, &result), 0);
	EXPECT(result, 0);
}

/* ---- what it costs: see start_info, START_PMU ---- */

#define TOLD 32
#define READ_COUNTER(reg) "mrs	" reg ", pmevcntr0_el0\n\t"

struct source {
	volatile uint32_t *ier;
	uint64_t wrote_at[TOLD];
};

/* Below the driver: goes on when that has been told, and sleeps again. */
static int make_interrupts(void *arg)
{
	struct source *s = arg;

	if (sys_thread_priority(HANDLE_NONE, LOW_PRIORITY))
		return 1;
	for (int i = 0; i < TOLD; i++)
		__asm__ volatile(READ_COUNTER("%0") "str	%w1, [%2]"
				 : "=&r"(s->wrote_at[i])
				 : "r"(IER_TRANSMIT), "r"(s->ier)
				 : "memory");
	return 0;
}

static uint64_t wait_and_note_arrival(long n)
{
	register long x0 __asm__("x0") = n;
	register uint64_t x1 __asm__("x1") = WAIT_FOREVER;
	register uint64_t x8 __asm__("x8") = SYS_notification_wait;
	uint64_t at;

	__asm__ volatile("svc	#0\n\t" READ_COUNTER("%0")
			 : "=&r"(at), "+r"(x0), "+r"(x1), "+r"(x8)
			 :
			 : "x2", "x3", "x4", "x5", "x6", "x7", "x9", "x10", "x11", "x12",
			   "x13", "x14", "x15", "x16", "x17", "x18", "cc", "memory");
	EXPECT(x0, BIT);
	return at;
}

/* From the store that makes the device interrupt, it included, to the driver's instruction
 * behind its wait. On one CPU (nosmp); on two the counters have nothing in common. */
static void cost(long n, long irq, volatile uint32_t *ier)
{
	struct source s = { .ier = ier };
	struct lodger_thread thread;
	uint64_t told_at[TOLD], least = ~0UL;
	int result = 0;

	EXPECT(lodger_thread_create(&thread, make_interrupts, &s), 0);
	for (int i = 0; i < TOLD; i++) {
		told_at[i] = wait_and_note_arrival(n);
		*ier = 0;
		EXPECT(sys_interrupt_ack(irq), 0);
	}
	EXPECT(lodger_thread_join(&thread, &result), 0);
	EXPECT(result, 0);
	for (int i = 0; i < TOLD; i++)
		if (told_at[i] - s.wrote_at[i] < least)
			least = told_at[i] - s.wrote_at[i];
	printf("devtest: interrupt_to_driver: %lu instructions\n", (unsigned long)least);
}

/* The device interrupts, the driver is told once, and again when it has acknowledged. */
static void interrupts(long uart)
{
	long n = sys_notification_create(), irq, ret;
	uint64_t offset;
	volatile uint32_t *regs = map(uart, &offset), *ier = regs + (offset + MU_IER) / 4;

	irq = sys_device_interrupt(uart, 0, n, BIT);
	if (irq < 0)
		lodger_die("interrupt: %s", lodger_strerror((int)-irq));
	EXPECT(sys_device_interrupt(uart, 0, n, BIT), -EBUSY);
	EXPECT(sys_device_interrupt(uart, 1, n, BIT), -ENOENT);
	EXPECT(sys_device_interrupt(uart, 0, uart, BIT), -EBADF);
	EXPECT(sys_device_interrupt(uart, 0, n, 1UL << 63), -EINVAL);
	EXPECT(sys_notification_wait(n, NSEC_PER_MSEC), -ETIMEDOUT);
	regs[AUX_ENABLES / 4] = 1;
	for (int i = 0; i < ROUNDS; i++) {
		*ier = IER_TRANSMIT;
		EXPECT(sys_notification_wait(n, LONG_NS), BIT);
		/* It still interrupts, but nobody is told before the acknowledgement. */
		if (i == 0)
			EXPECT(sys_notification_wait(n, NSEC_PER_MSEC), -ETIMEDOUT);
		if (i % 2)
			*ier = 0;
		EXPECT(sys_interrupt_ack(irq), 0);
		if (i % 2 == 0) {
			EXPECT(sys_notification_wait(n, LONG_NS), BIT);
			*ier = 0;
			EXPECT(sys_interrupt_ack(irq), 0);
		}
	}
	EXPECT(sys_notification_wait(n, NSEC_PER_MSEC), -ETIMEDOUT);
	registers(n, irq, ier);
	if (lodger_info->flags & START_PMU)
		cost(n, irq, ier);
	/* Given back, it is silent, and may be had again. */
	*ier = IER_TRANSMIT;
	EXPECT(sys_notification_wait(n, LONG_NS), BIT);
	EXPECT(sys_close(irq), 0);
	EXPECT(sys_notification_wait(n, NSEC_PER_MSEC), -ETIMEDOUT);
	irq = sys_device_interrupt(uart, 0, n, BIT);
	EXPECT(irq > 0, 1);
	EXPECT(sys_notification_wait(n, LONG_NS), BIT);
	*ier = 0;
	ret = sys_interrupt_ack(irq);
	EXPECT(ret, 0);
	EXPECT(sys_interrupt_ack(n), -EBADF);
	EXPECT(sys_close(irq), 0);
}

int main(int argc, char **argv)
{
	long uart;

	lodger_help(argc, argv, "init=devtest on the kernel's command line");
	uart = find(TREE, UART, 0);
	if (uart < 0)
		lodger_die("%s: %s", UART, lodger_strerror((int)-uart));
	looks(uart);
	kept();
	interrupts(uart);
	printf("devtest: %u failed\n", failed);
	return failed ? EXIT_ERROR : EXIT_OK;
}
