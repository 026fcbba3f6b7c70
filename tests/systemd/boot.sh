#!/bin/sh
# boot.sh DIRECTORY PAYLOAD BASE: becomes systemd, process 1 of the namespaces in which it was started. Its file
# system is BASE below a layer in memory, so all changes are lost at its end, with PAYLOAD, a tree of files, copied
# into it. machine.sh runs it.
set -eu
directory=$1 payload=$2 base=$3 root=$1/root

# make_node NAME...: binds devices of this machine, since nodes cannot be made on every file system that can be
# mounted.
make_node() {
	for node in "$@"; do
		: >"$root/dev/$node"
		mount --bind "/dev/$node" "$root/dev/$node"
	done
}

mount --make-rprivate /
mount -t tmpfs layer "$directory/layer"
mkdir "$directory/layer/upper" "$directory/layer/work"
mount -t overlay layer "$root" \
	-o "lowerdir=$base,upperdir=$directory/layer/upper,workdir=$directory/layer/work"
[ -x "$root/lib/systemd/systemd" ] || {
	echo "there is no systemd on the root file system"
	exit 1
}

# Services of this machine's own must not start. Without a machine-id systemd would treat this as its first boot, and
# enable all of them.
echo 5e55105e55105e55105e55105e5510aa >"$root/etc/machine-id"
: >"$root/etc/fstab"
rm -rf "$root"/etc/systemd/system/* "$root"/etc/systemd/user/* "$root"/etc/rc?.d/S*
hostname shmgr-test

(cd "$payload" && tar -cf - .) | tar -xf - -C "$root" --no-overwrite-dir --no-same-owner
# Adds the library to the dynamic linker's cache.
chroot "$root" /sbin/ldconfig

mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
# The settings in /proc/sys belong to the whole machine, so they become read-only.
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
[ ! -e "$root/proc/sysrq-trigger" ] || mount --bind /dev/null "$root/proc/sysrq-trigger"
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=0755,nosuid,nodev run "$root/run"
mount -t tmpfs -o mode=1777,nosuid,nodev tmp "$root/tmp"
mount -t tmpfs -o mode=0755,nosuid dev "$root/dev"
make_node null zero full random urandom tty
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777,nosuid,nodev shm "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"

exec env -i container=shmgr-test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
	chroot "$root" /lib/systemd/systemd --system --log-target=journal --unit=multi-user.target
