/* SPDX-License-Identifier: MIT */
/*
 * What the kernel knows of its image, as words among the constants: code that named these
 * things itself would be too far away from them (kernel.lds.S).
 */
	.section .rodata
	.balign	8
	.globl	kimage_size, initramfs_builtin, secondary_entry_point
kimage_size:
	.quad	_kernel_size
initramfs_builtin:
	.quad	__initramfs_start, __initramfs_end
secondary_entry_point:
	.quad	secondary_entry
