#!/bin/sh
# boot.sh DIRECTORY PAYLOAD BASE: becomes systemd, process 1 of the namespaces that it was started in. Its file system
# is that below BASE with a layer above it that is only in memory, so nothing that it does stays, and with PAYLOAD, a
# tree of files, copied into it. Run by machine.sh.
set -eu
directory=$1 payload=$2 base=$3 root=$1/root

# make_node NAME...: devices of this machine, which cannot be made in all places where they can be mounted.
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

# None of this machine's own services is started here. Without an identity systemd would
# take this for its first boot, and enable them all.
echo 5e55105e55105e55105e55105e5510aa >"$root/etc/machine-id"
: >"$root/etc/fstab"
rm -rf "$root"/etc/systemd/system/* "$root"/etc/systemd/user/* "$root"/etc/rc?.d/S*
hostname shmgr-test

(cd "$payload" && tar -cf - .) | tar -xf - -C "$root" --no-overwrite-dir --no-same-owner
# The dynamic linker's cache knows the library by then.
chroot "$root" /sbin/ldconfig

mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
# Settings there are the whole machine's.
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
