/* SPDX-License-Identifier: MIT */
/*
 * The built-in archive of user programs, on pages of its own: they are mapped
 * into processes as they are, so the rest of the last page is zero.
 */
	.section .initramfs, "a", %progbits
	.balign	4096
	.globl	__initramfs_start, __initramfs_end
__initramfs_start:
	.incbin	"initramfs.cpio"
__initramfs_end:
	.balign	4096, 0
