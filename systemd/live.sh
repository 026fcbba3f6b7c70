#!/bin/sh
# live.sh UNITDIR SYSUSERSDIR TMPFILESDIR: after an installation into the running system, makes the users and
# directories, and makes systemd read its units again. Does nothing if this system does not run systemd, or if
# systemd does not read units in these directories.
[ "$(id -u)" -eq 0 ] && [ -d /run/systemd/system ] || exit 0
PATH=$PATH:/usr/sbin:/sbin

# run COMMAND...: prints and runs the command; the installation itself is done, so a failure is only reported.
run() {
	echo " $*"
	"$@" || echo "this failed, and is to be done by hand: $*" >&2
}

case $2 in
/usr/lib/sysusers.d | /usr/local/lib/sysusers.d) run systemd-sysusers shmgrd.conf ;;
esac
case $3 in
/usr/lib/tmpfiles.d | /usr/local/lib/tmpfiles.d) run systemd-tmpfiles --create shmgrd.conf ;;
esac
case $1 in
/usr/lib/systemd/system | /lib/systemd/system | /usr/local/lib/systemd/system) run systemctl daemon-reload ;;
esac
exit 0
