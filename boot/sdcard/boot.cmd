# SPDX-License-Identifier: MIT
#
# boot.scr, what U-Boot runs from the card: the kernel, the archive of programs and the
# firmware's device tree, by booti. If there is lodger.itb, and a U-Boot that can, first
# that, by bootm. The command line is the firmware's (cmdline.txt), unless `bootargs` is
# set. Whatever is wrong with the card gets one line that begins with "Lodger:", and the
# kernel is booted whenever there is one. tools/sdcard fills in what is between @s.

setenv from "${devtype} ${devnum}:${distro_bootpart}"
setenv crc_at 0x02600000

# The sum is that of the files when the card was made: another kernel is booted as well.
setenv check 'crc32 ${at} ${filesize} ${crc_at}; if itest.l *${crc_at} -ne ${crc_a} && itest.l *${crc_at} -ne ${crc_b}; then \
echo "Lodger: ${file} is cut short, damaged, or not the one that this card was made with"; fi'

if test -e ${from} lodger.itb; then
	setenv fit_conf "${fdtfile}"
	setexpr fit_conf sub "broadcom/" ""
	fdt addr ${fdt_addr}
	env exists bootargs || fdt get value bootargs /chosen bootargs
	load ${from} ${ramdisk_addr_r} lodger.itb && bootm ${ramdisk_addr_r}#${fit_conf}
	echo "Lodger: lodger.itb was refused, going on with Image"
fi

setenv initrd -
setenv file initramfs.cpio
setenv at ${ramdisk_addr_r}
setenv crc_a @INITRAMFS_CRC_A@
setenv crc_b @INITRAMFS_CRC_B@
if load ${from} ${at} ${file}; then
	setenv initrd ${at}:${filesize}
	run check
else
	echo "Lodger: ${file} is not on the card or cannot be read, going on without"
fi

setenv file Image
setenv at ${kernel_addr_r}
setenv crc_a @IMAGE_CRC_A@
setenv crc_b @IMAGE_CRC_B@
if load ${from} ${at} ${file}; then
	run check
	booti ${at} ${initrd} ${fdt_addr}
	echo "Lodger: U-Boot does not take ${file} for a kernel"
else
	echo "Lodger: ${file} is not on the card or cannot be read"
fi
