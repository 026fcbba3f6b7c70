#!/bin/bash
# The Debian packages: built from the last commit in a clean Debian; installed, used and purged in another one, first as it
# is, and then with a running systemd. make check-package. SUITE and MIRROR, when set, are for mmdebstrap;
# DEB_BUILD_OPTIONS=nocheck leaves the suite out of the build.
: "${srcdir:?}" "${SUITE:=bookworm}"
export SUITE
# The packages are built with the compiler and the flags of their Debian, and not with those of this build tree.
unset CC CFLAGS CPPFLAGS CXX CXXFLAGS LDFLAGS MAKEFLAGS MFLAGS
payload=- prefix=/usr unitdir=/lib/systemd/system bindir=/usr/bin sbindir=/usr/sbin libdir=/usr/lib sysconfdir=/etc
sysusersdir=/usr/lib/sysusers.d tmpfilesdir=/usr/lib/tmpfiles.d
. "$srcdir/tests/systemd/machine.sh"
base=$directory/debian payload=$directory/nothing

clean_copy() {
	mkdir "$directory/copy" &&
		git -c safe.directory='*' -C "$srcdir" archive --prefix=shmgr/ HEAD >"$directory/copy/shmgr.tar"
}

# The proxies of this machine's apt, if it has any.
proxies() {
	apt-config dump 2>/dev/null | grep -E '^Acquire::https?::Proxy '
}

# debian NAME TARGET OPTION...: makes a Debian, runs tests/package/NAME.sh in it with the copy in /shmgr, and reports
# what that reports. The packages go from the one to the other in /packages.
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

# Programs of that name, on the machine.
daemons() {
	machine sh -c 'cat /proc/[0-9]*/comm' 2>/dev/null | grep -cx shmgrd
}

# Prints the files that are left in the places where packages leave things.
remains() {
	machine find /etc /lib/systemd /run /usr /var/lib -xdev -name '*shmgr*'
}

# The dependencies of these packages were left there above, and so were the users and the group, which a purge keeps.
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
debian use "$base" --variant=minbase --format=directory --include=systemd,systemd-sysv
obstacle=$(machine_obstacle)
if [ -z "$obstacle" ]; then
	try_service
else
	tap_result 0 "the packages work in a running system # SKIP $obstacle"
fi
tap_end
