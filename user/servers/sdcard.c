/* SPDX-License-Identifier: MIT */
/*
 * What is said to a card: SD Physical Layer Simplified Specification, 4.2 (identification),
 * 4.3 (data), 4.7.4 (commands), 4.10 (status), 5.3 (CSD). The clock stays at 25 MHz and the
 * signals at 3.3 V, which every card can; with four data lines that is 12.5 MB/s at most.
 *
 * After an error the lines are reset, and the card is told to stop and asked how it is.
 * If it answers and is ready to be read, it was an accident. If not, it must be started anew.
 */
#include "sdcard.h"

#include "abi/errno.h"

enum { /* ACMD: an application command, after APP_COMMAND */
	GO_IDLE = 0,
	ALL_SEND_CID = 2,
	SEND_ADDRESS = 3,
	ACMD_SET_WIDTH = 6,
	SELECT = 7,
	SEND_IF_COND = 8,
	SEND_CSD = 9,
	STOP = 12,
	SEND_STATUS = 13,
	SET_BLOCK_SIZE = 16,
	READ_SINGLE = 17,
	READ_MULTIPLE = 18,
	ACMD_SEND_OP_COND = 41,
	APP_COMMAND = 55,
};

#define IF_COND 0x1aa /* 2.7 to 3.6 V, and a pattern that comes back */
#define IF_COND_MASK 0xfff
#define OCR_VOLTAGES 0x00ff8000U /* 2.7 to 3.6 V */
#define OCR_HIGH_CAPACITY (1U << 30)
#define OCR_READY (1U << 31)
#define WIDTH_FOUR 2

/* Card status (4.10.1). */
#define STATUS_PLACE 0xc0000000U /* out of range, misaligned */
#define STATUS_ERRORS 0x20380000U /* block length, ECC, controller, general */
#define STATUS_STATE(s) ((s) >> 9 & 0xf)
#define   STATE_TRANSFER 4

#define NSEC_PER_MSEC 1000000ULL
#define POWER_UP_NS (1 * NSEC_PER_MSEC) /* at least 74 clocks (6.4.1) */
#define READY_NS (1000 * NSEC_PER_MSEC) /* 4.2.3 */
#define READY_POLL_NS (10 * NSEC_PER_MSEC)

/* One whose response, if it is an R1, is the card's status. */
static int command(struct sdcard *c, unsigned int index, uint32_t argument,
		   enum sdhci_response kind, uint32_t response[4])
{
	int err = sdhci_command(c->host, index, argument, kind, response);

	if (!err && (kind == SDHCI_R1 || kind == SDHCI_R1B) && (response[0] & STATUS_ERRORS))
		err = -EIO;
	return err;
}

static int app_command(struct sdcard *c, unsigned int index, uint32_t argument,
		       enum sdhci_response kind, uint32_t response[4])
{
	int err = command(c, APP_COMMAND, c->address, SDHCI_R1, response);

	return err ? err : command(c, index, argument, kind, response);
}

/* A card of before 2006 does not know the question, and has no high capacity. */
static int ask_conditions(struct sdcard *c, uint32_t *capacity)
{
	uint32_t r[4];
	int err = sdhci_command(c->host, SEND_IF_COND, IF_COND, SDHCI_R1, r);

	*capacity = err ? 0 : OCR_HIGH_CAPACITY;
	if (err == -ETIMEDOUT)
		return sdhci_reset_lines(c->host);
	return !err && (r[0] & IF_COND_MASK) != IF_COND ? -EIO : err;
}

static int power_up(struct sdcard *c, uint32_t capacity)
{
	uint64_t end_ns = c->host->now_ns(c->host->ctx) + READY_NS;
	uint32_t r[4];
	int err;

	for (;;) {
		bool late = c->host->now_ns(c->host->ctx) >= end_ns;

		err = app_command(c, ACMD_SEND_OP_COND, OCR_VOLTAGES | capacity, SDHCI_R3, r);
		if (err)
			return err;
		if (r[0] & OCR_READY)
			break;
		err = late ? -EIO : sdhci_pause(c->host, READY_POLL_NS);
		if (err)
			return err;
	}
	c->by_sector = capacity && (r[0] & OCR_HIGH_CAPACITY);
	return 0;
}

/* Bits of the CSD, numbered as in 5.3. The lowest 8 are not in the response. */
static uint32_t csd_bits(const uint32_t csd[4], unsigned int high, unsigned int low)
{
	uint32_t value = 0;

	for (unsigned int bit = high; bit >= low; bit--)
		value = value << 1 | (csd[(bit - 8) / 32] >> (bit - 8) % 32 & 1);
	return value;
}

static int size_of_card(const struct sdcard *c, const uint32_t csd[4], uint64_t *sectors)
{
	uint32_t version = csd_bits(csd, 127, 126), length = csd_bits(csd, 83, 80);

	if (version != c->by_sector)
		return -EILSEQ;
	if (version == 1) {
		*sectors = (csd_bits(csd, 69, 48) + 1ULL) << 10;
		return 0;
	}
	if (length < 9 || length > 11)
		return -EILSEQ;
	*sectors = (csd_bits(csd, 73, 62) + 1ULL) << (csd_bits(csd, 49, 47) + 2 + length - 9);
	return 0;
}

static int identify(struct sdcard *c, uint64_t *sectors)
{
	uint32_t capacity, r[4];
	int err;

	c->address = 0;
	if ((err = sdhci_reset(c->host)) || (err = sdhci_set_clock(c->host, SDHCI_IDENTIFY_HZ)) ||
	    (err = sdhci_pause(c->host, POWER_UP_NS)) ||
	    (err = command(c, GO_IDLE, 0, SDHCI_NO_RESPONSE, r)) ||
	    (err = ask_conditions(c, &capacity)) || (err = power_up(c, capacity)) ||
	    (err = command(c, ALL_SEND_CID, 0, SDHCI_R2, r)) ||
	    (err = sdhci_command(c->host, SEND_ADDRESS, 0, SDHCI_R1, r)))
		return err;
	c->address = r[0] & 0xffff0000;
	if ((err = command(c, SEND_CSD, c->address, SDHCI_R2, r)) ||
	    (err = size_of_card(c, r, sectors)) ||
	    (err = command(c, SELECT, c->address, SDHCI_R1B, r)) ||
	    (err = sdhci_set_clock(c->host, SDHCI_NORMAL_HZ)) ||
	    (err = app_command(c, ACMD_SET_WIDTH, WIDTH_FOUR, SDHCI_R1, r)))
		return err;
	sdhci_use_four_lines(c->host);
	return command(c, SET_BLOCK_SIZE, SDHCI_BLOCK, SDHCI_R1, r);
}

int sdcard_start(struct sdcard *c)
{
	uint64_t sectors = 0;
	int err;

	c->sectors = 0;
	err = identify(c, &sectors);
	if (err == -ETIMEDOUT || (err == -EIO && !sdhci_has_card(c->host)))
		err = -ENODEV;
	if (!err)
		c->sectors = sectors;
	return err;
}

/* What an error was, and whether the card can still be read. */
static int recover(struct sdcard *c)
{
	uint32_t r[4];
	int err = sdhci_reset_lines(c->host);

	/* If it was not sending it will not know this; that does not matter. */
	if (!err && sdhci_command(c->host, STOP, 0, SDHCI_R1B, r))
		err = sdhci_reset_lines(c->host);
	if (!err)
		err = sdhci_command(c->host, SEND_STATUS, c->address, SDHCI_R1, r);
	if (!err && STATUS_STATE(r[0]) == STATE_TRANSFER)
		return -EIO;
	c->sectors = 0;
	return err == -ETIMEDOUT || !sdhci_has_card(c->host) ? -ENODEV : -EIO;
}

int sdcard_read(struct sdcard *c, uint64_t sector, unsigned int count, void *buf)
{
	uint32_t argument = (uint32_t)(c->by_sector ? sector : sector * SDHCI_BLOCK), r[4];
	int err;

	if (!c->sectors)
		return -ENODEV;
	if (!count || count > SDHCI_BLOCKS_MAX || sector >= c->sectors ||
	    count > c->sectors - sector)
		return -EINVAL;
	err = sdhci_read(c->host, count > 1 ? READ_MULTIPLE : READ_SINGLE, argument, count, buf, r);
	if (!err && (r[0] & (STATUS_ERRORS | STATUS_PLACE)))
		err = -EIO;
	if (!err && count > 1) {
		/* At the card's end it may have looked further: its "out of range" is none
		 * (4.3.3). */
		err = command(c, STOP, 0, SDHCI_R1B, r);
	}
	return err ? recover(c) : 0;
}
