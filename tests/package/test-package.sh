#!/bin/bash
# The Debian packages: built from the last commit in a clean Debian; installed, used and purged in another one, first
# without a running systemd and then with one. Run by make check-package. SUITE and MIRROR, if set, are passed to
# mmdebstrap; DEB_BUILD_OPTIONS=nocheck builds without the suite.
: "${srcdir:?}" "${SUITE:=bookworm}"
export SUITE
# The packages are built with the compiler and the flags of their Debian, not with those of this build tree.
unset CC CFLAGS CPPFLAGS CXX CXXFLAGS LDFLAGS MAKEFLAGS MFLAGS
payload=- prefix=/usr unitdir=/lib/systemd/system bindir=/usr/bin sbindir=/usr/sbin libdir=/usr/lib sysconfdir=/etc
sysusersdir=/usr/lib/sysusers.d tmpfilesdir=/usr/lib/tmpfiles.d
. "$srcdir/tests/systemd/machine.sh"
base=$directory/debian payload=$directory/nothing

clean_copy() {
	mkdir "$directory/copy" &&
		git -c safe.directory='*' -C "$srcdir" archive --prefix=shmgr/ HEAD >"$directory/copy/shmgr.tar"
}

# Prints the proxies of this machine's apt, if it has any.
proxies() {
	apt-config dump 2>/dev/null | grep -E '^Acquire::https?::Proxy '
}

# debian NAME TARGET OPTION...: makes a Debian, runs tests/package/NAME.sh in it with the copy in /shmgr, and reports
# its results. The packages pass from one Debian to the next in /packages.
debian() {
	local name=$1 target=$2 proxy
	shift 2
	while read -r proxy; do
		set -- "$@" --aptopt="$proxy"
	done < <(proxies)
	mmdebstrap --mode=root --dpkgopt=force-unsafe-io "$@" \
		--customize-hook="tar-in '$directory/copy/shmgr.tar' /" \
		--customize-hook="[ ! -e '$directory/packages' ] || cp -r '$directory/packages' \"\$1\"" \
		--customize-hook="chroot \"\$1\" sh /shmgr/tests/package/$name.sh /shmgr >'$directory/$name.tap' || :" \
		--customize-hook="[ -e '$directory/packages' ] || cp -r \"\$1/packages\" '$directory'" \
		"$SUITE" "$target" ${MIRROR:+"$MIRROR"} >"$directory/$name.log" 2>&1 </dev/null
	report "$name"
}

report() {
	local line
	while read -r line; do
		case $line in
		'ok '*) tap_result 0 "${line#ok * - }" ;;
		'not ok '*) tap_result 1 "${line#not ok * - }" ;;
		'# '*) echo "$line" ;;
		esac
	done <"$directory/$1.tap"
	ok "there was a Debian to $1 them in" grep -q '^1\.\.' "$directory/$1.tap"
	[ "$tap_failed" -eq 0 ] || {
		sed 's/^/# /' "$directory/$1.log"
		tap_end
	}
}

install_all() {
	machine sh -c 'dpkg -i /packages/shmgrd_*.deb /packages/shmgrctl_*.deb /packages/libshmgr0_*.deb' </dev/null 2>&1 |
		sed 's/^/# /'
	return "${PIPESTATUS[0]}"
}

purge_all() {
	machine dpkg --purge shmgrd shmgrctl libshmgr0 </dev/null 2>&1 | sed 's/^/# /'
	return "${PIPESTATUS[0]}"
}

# Prints the number of the daemon's processes on the machine.
daemons() {
	machine sh -c 'cat /proc/[0-9]*/comm' 2>/dev/null | grep -cx shmgrd
}

# Prints the files that are left in the folders that packages use.
remains() {
	machine find /etc /lib/systemd /run /usr /var/lib -xdev -name '*shmgr*'
}

# Starts programs that must not notice an upgrade: one holds a lock, one waits for it, one waits on a condition, one
# works off a queue. The holder ends when a word arrives in a pipe, the worker when a file exists, and each writes its
# results to a file.
clients_begin() {
	machine mkfifo -m 666 /tmp/held
	in_background holder shmgrctl lock run site -- sh -c 'echo held; read -r word </tmp/held; echo "$word"'
	until_true says holder held
	in_background waiter shmgrctl lock run site -- echo 'it was my turn'
	machine_as member shmgrctl -q counter set n 0
	in_background condition shmgrctl counter wait n == 1
	machine_as member shmgrctl -q queue open jobs --create
	machine_as member shmgrctl -q queue put jobs first
	in_background worker shmgrctl queue worker --max=3 jobs -- sh -c 'cat; until [ -e /tmp/item ]; do sleep 0.05; done'
	until_true says worker first
	until_true is_waited_for 2
}

in_background() {
	local name=$1
	shift
	machine_as member "$@" >"$directory/$name.out" 2>&1 </dev/null &
	background+=($!)
}

says() {
	grep -qx "$2" "$directory/$1.out"
}

is_waited_for() {
	machine_as member shmgrctl --json call server.stats '[]' | grep -q "\"waits\":$1,"
}

clients_end() {
	machine sh -c 'touch /tmp/item; echo end >/tmp/held'
	machine_as member shmgrctl -q counter set n 1
	wait "${background[@]}"
}

# Prints the version of the program that the daemon's process executes; its file may be deleted by now.
runs_version() {
	said=$(machine "/proc/$pid/exe" --version 2>&1)
	[ "$said" = "shmgrd $1" ]
}

# is_version NAME VERSION: asserts that the daemon runs this version, at once or a little later, in an unchanged
# process.
is_version() {
	until_true runs_version "$2"
	is "$1" "$said" "shmgrd $2"
	[ "$said" = "shmgrd $2" ] || {
		machine ls -l "/proc/$pid/exe" /usr/sbin/shmgrd 2>&1
		machine journalctl --no-pager -n 15
	} | sed 's/^/# /'
}

# replace FILE: installs this file as the daemon's package, as an upgrade or a downgrade does.
replace() {
	machine sh -c "dpkg -i $1" </dev/null 2>&1 | sed 's/^/# /'
	return "${PIPESTATUS[0]}"
}

try_upgrade() {
	local pid version next
	pid=$(machine systemctl show --value -p MainPID shmgrd.service)
	version=$(machine sh -c 'dpkg-deb -f /packages/shmgrd_*.deb Version')
	next=$(machine sh -c 'dpkg-deb -f /packages/next/shmgrd_*.deb Version')
	ok 'there are two versions' test "${version:-$next}" != "${next:-$version}"
	clients_begin
	ok 'upgrade' replace '/packages/next/shmgrd_*.deb'
	is_version 'upgrade: the new program runs, as the same process' "$next"
	machine_as member shmgrctl -q queue put jobs second
	ok 'upgrade: all wait still' until_true is_waited_for 2
	ok 'downgrade' replace '/packages/shmgrd_*.deb'
	is_version 'downgrade: the old program runs, as the same process' "$version"
	machine_as member shmgrctl -q queue put jobs third
	ok 'downgrade: all wait still' until_true is_waited_for 2

	# Now the new program cannot read the configuration.
	machine sh -c 'echo nonsense >>/etc/shmgrd/shmgrd.conf'
	ok 'upgrade with a bad configuration: it is done' replace '/packages/next/shmgrd_*.deb'
	is_version 'upgrade with a bad configuration: the daemon goes on' "$version"
	machine sed -i '/^nonsense$/d' /etc/shmgrd/shmgrd.conf
	ok 'needrestart restarts the service in place' machine /etc/needrestart/restart.d/shmgrd.service
	is_version 'needrestart: the new program runs, as the same process' "$next"
	ok 'downgrade' replace '/packages/shmgrd_*.deb'
	is_version 'downgrade: the old program runs' "$version"

	is 'upgrades: the process is the same' "$(machine systemctl show --value -p MainPID shmgrd.service)" "$pid"
	clients_end
	is 'upgrades: who held the lock noticed nothing' "$(cat "$directory/holder.out")" 'held
end'
	is 'upgrades: nor did who waited for it' "$(cat "$directory/waiter.out")" 'it was my turn'
	is 'upgrades: nor did who waited for a value' "$(cat "$directory/condition.out")" 1
	is 'upgrades: nor did who worked off a queue' "$(cat "$directory/worker.out")" 'first
second
third'
}

# Upgrades the daemon of a user, under the user's own systemd, and returns to the first version.
try_upgrade_of_users() {
	local uid pid version next
	uid=$(machine id -u member)
	version=$(machine sh -c 'dpkg-deb -f /packages/shmgrd_*.deb Version')
	next=$(machine sh -c 'dpkg-deb -f /packages/next/shmgrd_*.deb Version')
	# logind ends the manager of a user without a session after some seconds, unless lingering is enabled.
	machine loginctl enable-linger member || :
	machine systemctl start "user@$uid.service" || {
		tap_result 0 'the daemon of a user # SKIP users have no systemd of their own'
		return
	}
	members() {
		machine_as member env HOME=/home/member XDG_RUNTIME_DIR="/run/user/$uid" SHMGR_SOCKET="/run/user/$uid/shmgrd.sock" "$@"
	}
	ok 'a user enables a daemon' members systemctl --user --quiet enable --now shmgrd.socket
	members shmgrctl -q counter open mine --create --value=3
	pid=$(members systemctl --user show --value -p MainPID shmgrd.service)
	# The package's script asks like this. Without dbus-user-session the manager of a user has no bus, and its daemon
	# continues with the old program.
	machine timeout 30 systemctl --quiet --user --machine="$uid@" is-active shmgrd.service || {
		tap_result 0 'upgrade: the daemon of the user # SKIP the manager of the user has no bus'
		machine systemctl stop "user@$uid.service"
		return
	}
	ok 'upgrade' replace '/packages/next/shmgrd_*.deb'
	machine systemctl --quiet is-active "user@$uid.service" || {
		tap_result 0 'upgrade: the daemon of the user # SKIP the manager of the user has ended'
		return
	}
	is_version 'upgrade: the daemon of the user runs the new program' "$next"
	is 'upgrade: and has its objects' "$(members shmgrctl counter get mine 2>&1)" 3
	ok 'downgrade' replace '/packages/shmgrd_*.deb'
	is_version 'downgrade: the daemon of the user runs the old program' "$version"
	machine systemctl stop "user@$uid.service"
}

# Tests the packages under a running systemd. The packages that they depend on are still installed, and so are the users
# and the group, which a purge keeps.
try_service() {
	machine_start
	ok 'the packages are installed in a running system' install_all
	is 'the socket is enabled' "$(machine systemctl is-enabled shmgrd.socket)" enabled
	is 'it listens' "$(machine systemctl is-active shmgrd.socket)" active
	ok 'a member of the group holds a lock' machine_as member shmgrctl lock run x -- true
	like 'a stranger is refused with a clear word' \
		"$(machine_as stranger shmgrctl lock run x -- true 2>&1)" '*only uid 0 and the group shmgr may*'
	is 'the daemon runs' "$(machine systemctl is-active shmgrd.service)" active

	is 'the timer is not enabled' "$(machine systemctl is-enabled shmgrd-metrics.timer)" disabled
	machine systemctl --quiet enable --now shmgrd-metrics.timer
	is 'and can be' "$(machine systemctl is-active shmgrd-metrics.timer)" active

	machine_as member shmgrctl -q counter open n --create --value=7
	ok 'they are installed once more, over themselves' install_all
	is 'which leaves the daemon and its objects alone' "$(machine_as member shmgrctl counter get n 2>&1)" 7
	machine_as member shmgrctl -q counter set n 0
	try_upgrade
	try_upgrade_of_users

	ok 'the packages are purged' purge_all
	is 'no daemon is left' "$(daemons)" 0
	is 'and no timer' "$(machine systemctl is-active shmgrd-metrics.timer)" inactive
	is 'nothing of them is left' "$(remains)" ''
}

obstacle=$(sh "$srcdir/tests/package/obstacle.sh")
[ -z "$obstacle" ] || tap_skip_all "$obstacle"
mkdir "$directory/nothing" && chmod 755 "$directory"
ok 'the last commit is copied' clean_copy
debian build /dev/null --variant=buildd --format=null
debian use "$base" --variant=minbase --format=directory --include=systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd
obstacle=$(machine_obstacle)
if [ -z "$obstacle" ]; then
	try_service
else
	tap_result 0 "the packages work in a running system # SKIP $obstacle"
fi
tap_end
