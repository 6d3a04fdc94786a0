/* SPDX-License-Identifier: MIT */
/* Output before a driver is there: polled bytes to both UARTs through the block
 * that boot mapped. boot/head.S has set them up; offsets as there. */
#include "core/early.h"

void early_putc(u8 byte)
{
	volatile u32 *pl011 = (volatile u32 *)(EARLY_UART_VA + 0x1000);
	volatile u32 *aux = (volatile u32 *)(EARLY_UART_VA + 0x15000);

	for (u32 i = 0; i < 0x10000 && (pl011[0x18 / 4] & 1 << 5); i++)
		;
	pl011[0] = byte;
	if (!(aux[0x04 / 4] & 1))
		return;
	for (u32 i = 0; i < 0x10000 && !(aux[0x54 / 4] & 1 << 5); i++)
		;
	aux[0x40 / 4] = byte;
}
