/* SPDX-License-Identifier: MIT */
/*
 * An SD host controller: commands to the card, blocks from it. What to say to a card is in
 * sdcard.h. There is no way to send a block: this driver cannot write.
 *
 * Every wait has a deadline, after which the error is -EIO; and if the thread was kept from
 * running meanwhile, the controller is looked at once more before it is said to be late.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SDHCI_BLOCK 512
#define SDHCI_BLOCKS_MAX 65535 /* of one transfer */
#define SDHCI_IDENTIFY_HZ 400000
#define SDHCI_NORMAL_HZ 25000000
#define SDHCI_CONTROL_NS 150000000ULL /* for clock (3.2.1), reset, command */
#define SDHCI_DATA_NS 250000000ULL    /* a card may take 100 ms (Physical Layer, 4.6.2.1) */

struct sdhci {
	/* Set by the user of it. */
	volatile uint32_t *regs;
	uint32_t base_clock_hz; /* what is divided to make the card's; a guess may be up to
				 * four times too high, but not too low */
	bool spaced_writes;	/* see sdhci.c */
	/* Return when the interrupt has come, at the latest at that time; may do so before.
	 * 0, or -errno, which ends what is being done. */
	int (*wait)(void *ctx, uint64_t deadline_ns);
	uint64_t (*now_ns)(void *ctx);
	void *ctx;

	/* Set here. */
	uint32_t clock_hz;   /* the card's, */
	uint32_t clock;	     /* and what the register was told for it */
	uint64_t written_ns; /* time of the last write to a register */
};

/* What a card answers (Physical Layer Simplified Specification, 4.9). */
enum sdhci_response {
	SDHCI_NO_RESPONSE,
	SDHCI_R1,  /* also R6 and R7 */
	SDHCI_R1B, /* the same, then the card is busy for a while */
	SDHCI_R2,  /* 128 bits, CID or CSD */
	SDHCI_R3,  /* without a CRC */
};

/* To the state after power-on, no clock, one data line. -EIO. */
int sdhci_reset(struct sdhci *h) __attribute__((warn_unused_result));
/* The highest clock that is not above hz. -EIO; -EINVAL: base_clock_hz is too high, or 0. */
int sdhci_set_clock(struct sdhci *h, uint32_t hz) __attribute__((warn_unused_result));
void sdhci_use_four_lines(struct sdhci *h);
/* After an error: command and data lines are as if nothing had been sent. -EIO. */
int sdhci_reset_lines(struct sdhci *h) __attribute__((warn_unused_result));

/*
 * Send a command and wait for the response: response[0] is bits 39..8 of it, of an R2
 * response[3] to [0] are bits 127..8 and eight bits of 0 above. -ETIMEDOUT: no card has
 * answered; -EIO. After an error sdhci_reset_lines is called before the next command.
 */
int sdhci_command(struct sdhci *h, unsigned int index, uint32_t argument,
		  enum sdhci_response kind, uint32_t response[4])
	__attribute__((warn_unused_result));
/* The same for a command (R1) that lets the card send `count` blocks. */
int sdhci_read(struct sdhci *h, unsigned int index, uint32_t argument, unsigned int count,
	       void *buf, uint32_t response[4]) __attribute__((warn_unused_result));

/* False: the controller sees that the slot is empty. Not all have that pin connected. */
bool sdhci_has_card(struct sdhci *h);
/* Let that much time pass. */
int sdhci_pause(struct sdhci *h, uint64_t ns) __attribute__((warn_unused_result));

#ifdef LODGER_HOST
/* The tests' controller is a program. */
uint32_t sdhci_sim_get(struct sdhci *h, unsigned int offset);
void sdhci_sim_put(struct sdhci *h, unsigned int offset, uint32_t value);
#endif
