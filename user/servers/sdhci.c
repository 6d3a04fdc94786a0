/* SPDX-License-Identifier: MIT */
/*
 * SD Host Controller Simplified Specification 3.00 ("the specification"), without DMA: the
 * controller says that a block has come, and we take its words out of a register.
 *
 * The Pi's are two of these, both to be used with 32-bit accesses only:
 *
 *	legacy	brcm,bcm2835-sdhci, 0x7e300000	Pi 3: card or WiFi, by the pins' functions
 *						Pi 4: WiFi
 *	EMMC2	brcm,bcm2711-emmc2, 0x7e340000	Pi 4: the card
 *
 * The legacy one may lose a write to a register that follows another within two clocks of
 * the card: spaced_writes (its clock domains; Linux' driver says so, the BCM2835 manual
 * does not). Its capabilities register reads 0, so nothing is asked of that here, and who
 * starts us says how fast the base clock is (the mailbox knows). Who only guesses guesses
 * high, so the card's clock is slower than we think: the gap is four times as long.
 *
 * On a Pi 3, GPIO 48 to 53 lead from the slot to the legacy one with function ALT3 (BCM2835
 * ARM Peripherals, 6.2), with ALT0 to brcm,bcm2835-sdhost, which is no SDHCI.
 *
 * Seen in QEMU 10 (`info qtree`, U-Boot's `mmc info`, this driver): a card given by `-drive
 * if=sd` is in the legacy one of raspi4b and of raspi3b. On raspi3b it moves to sdhost when
 * all these pins get ALT0, as U-Boot does that goes by Linux' device tree, and back when all
 * become inputs. ALT3 moves nothing: so inputs first, then ALT3, is right in both worlds. A
 * card in raspi4b's EMMC2 needs `-device sd-card,drive=...,bus=/generic-sdhci/sd-bus`. All
 * three have a base clock of 52 MHz there, and the pin that says whether there is a card.
 */
#include "sdhci.h"

#include <string.h>

#include "abi/errno.h"

/* Registers (the specification, 2.1): two or four of its fields in each. */
#define BLOCK 0x04 /* size in bits 0 to 11, number of blocks from 16 on */
#define ARGUMENT 0x08
#define COMMAND 0x0c /* transfer mode in bits 0 to 15; writing it sends the command */
#define   MODE_COUNT (1U << 1)
#define   MODE_READ (1U << 4)
#define   MODE_MULTIPLE (1U << 5)
#define   COMMAND_R2 (1U << 16)
#define   COMMAND_R1 (2U << 16)
#define   COMMAND_R1B (3U << 16)
#define   COMMAND_CHECK_CRC (1U << 19)
#define   COMMAND_CHECK_INDEX (1U << 20)
#define   COMMAND_DATA (1U << 21)
#define   COMMAND_ABORT (3U << 22)
#define   COMMAND_INDEX(n) ((n) << 24)
#define RESPONSE 0x10 /* to 0x1c */
#define DATA 0x20
#define STATE 0x24
#define   STATE_COMMAND_INHIBIT (1U << 0)
#define   STATE_DATA_INHIBIT (1U << 1)
#define   STATE_INSERTED (1U << 16)
#define CONTROL 0x28 /* host, power, block gap, wakeup */
#define   CONTROL_FOUR_LINES (1U << 1)
#define   CONTROL_POWER (0xfU << 8) /* on, 3.3 V */
#define CLOCK 0x2c /* clock, timeout, reset */
#define   CLOCK_INTERNAL (1U << 0)
#define   CLOCK_STABLE (1U << 1)
#define   CLOCK_CARD (1U << 2)
#define   CLOCK_DIVIDER_MAX 1023U /* 3.00: ten bits, the upper two in bits 6 and 7 */
#define   CLOCK_DIVIDER(n) (((n) & 0xff) << 8 | ((n) >> 8) << 6)
#define   TIMEOUT_LONGEST (0xeU << 16)
#define   RESET_ALL (1U << 24)
#define   RESET_LINES (3U << 25)
#define INTERRUPT 0x30 /* status; a 1 written clears the bit */
#define INTERRUPT_ENABLE 0x34 /* which are seen in the status, */
#define INTERRUPT_SIGNAL 0x38 /* and which interrupt */
#define   INTERRUPT_COMMAND (1U << 0)
#define   INTERRUPT_TRANSFER (1U << 1)
#define   INTERRUPT_READ_READY (1U << 5)
#define   INTERRUPT_ERRORS 0xffff8000U
#define   INTERRUPT_NO_RESPONSE (1U << 16)
#define   INTERRUPT_USED (INTERRUPT_COMMAND | INTERRUPT_TRANSFER | INTERRUPT_READ_READY | \
			  0x007f0000U)

#define ABORT_COMMAND 12

#define NSEC_PER_SEC 1000000000ULL
#define POLL_NS 20000

static uint64_t now_ns(struct sdhci *h)
{
	return h->now_ns(h->ctx);
}

static uint32_t get(struct sdhci *h, unsigned int offset)
{
#ifdef LODGER_HOST
	return sdhci_sim_get(h, offset);
#else
	return h->regs[offset / 4];
#endif
}

static void put(struct sdhci *h, unsigned int offset, uint32_t value)
{
	uint64_t gap_ns = 4 * 2 * NSEC_PER_SEC / h->clock_hz;

	while (h->spaced_writes && now_ns(h) - h->written_ns < gap_ns)
		;
#ifdef LODGER_HOST
	sdhci_sim_put(h, offset, value);
#else
	h->regs[offset / 4] = value;
#endif
	h->written_ns = now_ns(h);
}

int sdhci_pause(struct sdhci *h, uint64_t ns)
{
	uint64_t end_ns = now_ns(h) + ns;
	int err = 0;

	while (!err && now_ns(h) < end_ns)
		err = h->wait(h->ctx, end_ns);
	return err;
}

/* For what the controller does without an interrupt: until these bits have that value. */
static int poll(struct sdhci *h, unsigned int offset, uint32_t bits, uint32_t value)
{
	uint64_t end_ns = now_ns(h) + SDHCI_CONTROL_NS;
	int err = 0;

	while (!err) {
		bool late = now_ns(h) >= end_ns; /* before looking, not after */

		if ((get(h, offset) & bits) == value)
			return 0;
		err = late ? -EIO : sdhci_pause(h, POLL_NS);
	}
	return err;
}

/* Until the status has `bit`, which is cleared; or an error. */
static int await(struct sdhci *h, uint32_t bit, uint64_t timeout_ns)
{
	uint64_t end_ns = now_ns(h) + timeout_ns;
	int err = 0;

	while (!err) {
		bool late = now_ns(h) >= end_ns;
		uint32_t status = get(h, INTERRUPT);

		if (status & INTERRUPT_ERRORS)
			return status & INTERRUPT_NO_RESPONSE ? -ETIMEDOUT : -EIO;
		if (status & bit) {
			put(h, INTERRUPT, bit);
			return 0;
		}
		err = late ? -EIO : h->wait(h->ctx, end_ns);
	}
	return err;
}

int sdhci_reset(struct sdhci *h)
{
	int err;

	h->clock_hz = SDHCI_IDENTIFY_HZ;
	h->clock = 0;
	put(h, CLOCK, RESET_ALL);
	err = poll(h, CLOCK, RESET_ALL, 0);
	if (err)
		return err;
	put(h, CONTROL, CONTROL_POWER);
	put(h, INTERRUPT_ENABLE, INTERRUPT_USED);
	put(h, INTERRUPT_SIGNAL, INTERRUPT_USED);
	return 0;
}

int sdhci_set_clock(struct sdhci *h, uint32_t hz)
{
	/* base / 2n, n = 0: base itself */
	uint64_t n = h->base_clock_hz <= hz ? 0 : (h->base_clock_hz + 2ULL * hz - 1) / (2ULL * hz);
	int err;

	if (!h->base_clock_hz || n > CLOCK_DIVIDER_MAX)
		return -EINVAL;
	h->clock &= ~CLOCK_CARD; /* it stands still while it is changed (3.2.3) */
	put(h, CLOCK, h->clock);
	h->clock = CLOCK_DIVIDER((uint32_t)n) | CLOCK_INTERNAL | TIMEOUT_LONGEST;
	put(h, CLOCK, h->clock);
	err = poll(h, CLOCK, CLOCK_STABLE, CLOCK_STABLE);
	if (err)
		return err;
	h->clock |= CLOCK_CARD;
	put(h, CLOCK, h->clock);
	h->clock_hz = n ? (uint32_t)(h->base_clock_hz / (2 * n)) : h->base_clock_hz;
	return 0;
}

void sdhci_use_four_lines(struct sdhci *h)
{
	put(h, CONTROL, CONTROL_POWER | CONTROL_FOUR_LINES);
}

bool sdhci_has_card(struct sdhci *h)
{
	return get(h, STATE) & STATE_INSERTED;
}

/* The specification, 3.10.1. */
int sdhci_reset_lines(struct sdhci *h)
{
	int err;

	put(h, CLOCK, h->clock | RESET_LINES);
	err = poll(h, CLOCK, RESET_LINES, 0);
	put(h, INTERRUPT, ~0U);
	return err;
}

/* The specification, 3.7.1. `flags`: what goes to COMMAND beside index and response. */
static int send(struct sdhci *h, unsigned int index, uint32_t argument,
		enum sdhci_response kind, uint32_t flags, uint32_t response[4])
{
	static const uint32_t kinds[] = {
		[SDHCI_NO_RESPONSE] = 0,
		[SDHCI_R1] = COMMAND_R1 | COMMAND_CHECK_CRC | COMMAND_CHECK_INDEX,
		[SDHCI_R1B] = COMMAND_R1B | COMMAND_CHECK_CRC | COMMAND_CHECK_INDEX,
		[SDHCI_R2] = COMMAND_R2 | COMMAND_CHECK_CRC,
		[SDHCI_R3] = COMMAND_R1,
	};
	uint32_t inhibit = STATE_COMMAND_INHIBIT;
	int err;

	if (index == ABORT_COMMAND)
		flags |= COMMAND_ABORT;
	else if (kind == SDHCI_R1B || (flags & COMMAND_DATA))
		inhibit |= STATE_DATA_INHIBIT;
	err = poll(h, STATE, inhibit, 0);
	if (err)
		return err;
	put(h, INTERRUPT, ~0U);
	put(h, ARGUMENT, argument);
	put(h, COMMAND, COMMAND_INDEX(index) | kinds[kind] | flags);
	err = await(h, INTERRUPT_COMMAND, SDHCI_CONTROL_NS);
	if (err)
		return err;
	for (unsigned int i = 0; i < 4; i++)
		response[i] = get(h, RESPONSE + 4 * i);
	return kind == SDHCI_R1B ? await(h, INTERRUPT_TRANSFER, SDHCI_DATA_NS) : 0;
}

int sdhci_command(struct sdhci *h, unsigned int index, uint32_t argument,
		  enum sdhci_response kind, uint32_t response[4])
{
	return send(h, index, argument, kind, 0, response);
}

int sdhci_read(struct sdhci *h, unsigned int index, uint32_t argument, unsigned int count,
	       void *buf, uint32_t response[4])
{
	uint32_t flags = COMMAND_DATA | MODE_READ | (count > 1 ? MODE_COUNT | MODE_MULTIPLE : 0);
	uint8_t *to = buf;
	int err;

	put(h, BLOCK, count << 16 | SDHCI_BLOCK);
	err = send(h, index, argument, SDHCI_R1, flags, response);
	for (; !err && count; count--) {
		err = await(h, INTERRUPT_READ_READY, SDHCI_DATA_NS);
		for (unsigned int i = 0; !err && i < SDHCI_BLOCK; i += 4, to += 4) {
			uint32_t word = get(h, DATA);

			memcpy(to, &word, sizeof(word)); /* buf may lie anywhere */
		}
	}
	return err ? err : await(h, INTERRUPT_TRANSFER, SDHCI_DATA_NS);
}
