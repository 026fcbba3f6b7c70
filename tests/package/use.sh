#!/bin/sh
# use.sh SOURCE: in a Debian without a running systemd, installs the packages in /packages, uses them as users
# would, and purges them. test-package.sh runs it as root.
source=$1
. "$source/tests/tap.sh"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
unset SHMGR_SOCKET XDG_RUNTIME_DIR
names='shmgrd shmgrctl libshmgr0 libshmgr-dev'

# logged COMMAND...: runs the command with its output in the log.
logged() {
	echo "--- $*" >&2
	"$@" </dev/null >&2
}

install_all() {
	for name in $names; do
		set -- "$@" /packages/"${name}"_*.deb
	done
	logged apt-get install -y --no-install-recommends "$@"
}

# Prints dangling links among the manual pages.
broken_pages() {
	find /usr/share/man -xtype l -name '*shmgr*'
}

# Starts the daemon as the unit does, except for the socket, which systemd would make.
start() {
	mkfifo /tmp/ready
	shmgrd --config=/etc/shmgrd/shmgrd.conf --mode=0660 --group=shmgr --ready-fd=3 3>/tmp/ready 2>/tmp/log &
	daemon=$!
	read -r _ </tmp/ready
}

stop() {
	kill -TERM "$daemon" && wait "$daemon"
}

as() {
	user=$1
	shift
	runuser -u "$user" -- "$@" 2>&1
}

# Prints the new files with the project's name.
remains() {
	find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /packages -o -path "$source" \
		-o -path /var/cache -o -path /var/log \) -prune -o -name '*shmgr*' -print
}

ok 'the packages are installed, and what they depend on' install_all
ok 'there is a group shmgr' getent group shmgr
ok 'there is a user shmgrd' getent passwd shmgrd
is 'no manual page leads nowhere' "$(broken_pages)" ''
ok 'a function has a page by its name' test -e /usr/share/man/man3/shmgr_dict_get.3.gz
ok 'the configuration is good' logged shmgrd --config=/etc/shmgrd/shmgrd.conf --check-config
ok 'the socket is enabled' test -e /etc/systemd/system/sockets.target.wants/shmgrd.socket
is 'a daemon for each user is not' "$(find /etc/systemd/user -name '*shmgr*')" ''

useradd --create-home --groups shmgr member
useradd stranger
ok 'the daemon starts' start
ok 'a member of the group holds a lock' as member shmgrctl lock run x -- true
like 'a stranger is refused with a clear word' "$(as stranger shmgrctl lock run x -- true)" '*only uid 0 and the group shmgr may*'
is 'a program uses the library' "$(as member /packages/count)" 'run 1'
ok 'the daemon ends' stop

rm -rf /tmp/ready
ok 'the packages are purged' logged apt-get purge -y $names
is 'nothing of them is left' "$(remains)" ''
tap_end
