/* SPDX-License-Identifier: MIT */
/*
 * An SD memory card (SDSC, SDHC, SDXC), to be read.
 *
 *	struct sdhci host = { .regs = ..., .base_clock_hz = ..., .wait = ..., .now_ns = ... };
 *	struct sdcard card = { .host = &host };
 *
 *	err = sdcard_start(&card);
 *	if (!err)
 *		err = sdcard_read(&card, 0, 1, sector);
 *
 * After -EIO a read may be tried again. After -ENODEV, or once `sectors` is 0, only
 * sdcard_start gets on, perhaps with another card.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sdhci.h"

struct sdcard {
	struct sdhci *host;
	uint64_t sectors; /* of 512 bytes; 0: no card has been started */
	uint32_t address; /* of the card on its bus, as arguments have it */
	bool by_sector;	  /* it counts sectors, not bytes */
};

/*
 * Make whatever card is in the slot ready. 0; -ENODEV: there is none, or none of these;
 * -EIO: it or the controller does not do what it should; -EILSEQ: what it says of its
 * size makes no sense; -EINVAL as sdhci_set_clock. Takes SDCARD_START_NS at most.
 */
int sdcard_start(struct sdcard *c) __attribute__((warn_unused_result));
#define SDCARD_START_NS 6000000000ULL

/*
 * Read sectors, 1 to SDHCI_BLOCKS_MAX. 0; -EINVAL: there are not so many; -EIO; -ENODEV:
 * the card has gone. A block that does not come within SDHCI_DATA_NS is an error.
 */
int sdcard_read(struct sdcard *c, uint64_t sector, unsigned int count, void *buf)
	__attribute__((warn_unused_result));
