#!/bin/sh
# build.sh SOURCE: in a Debian that is deleted afterwards, builds the packages, and a program that uses them, and stores
# both in /packages. test-package.sh runs it as root.
source=$1
. "$source/tests/tap.sh"
. "$source/tests/mdoc.sh"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

# logged COMMAND...: runs the command with its output in the log.
logged() {
	echo "--- $*" >&2
	"$@" </dev/null >&2
}

build() {
	cd "$source" && logged dpkg-buildpackage -us -uc && cp ../*_* /packages
}

is_same_symbols() {
	dpkg-deb --ctrl-tarfile /packages/libshmgr0_*.deb | tar -xO ./symbols | grep '^ ' >/tmp/packed
	grep '^ ' "$source/debian/libshmgr0.symbols" | diff - /tmp/packed >&2
}

# The compiler finds the headers and the library without options.
compile_example() {
	zcat /usr/share/man/man3/libshmgr.3.gz >/tmp/libshmgr.3 && example /tmp/libshmgr.3 >/tmp/count.c &&
		logged cc -Wall -Werror /tmp/count.c $(pkg-config --cflags --libs shmgr) -o /packages/count
}

# Makes /packages/next, the next version of the daemon's package, which differs only in the version that the program
# prints.
make_next() {
	dpkg-deb -R /packages/shmgrd_*.deb /tmp/next && mkdir /packages/next &&
		version=$(dpkg-deb -f /packages/shmgrd_*.deb Version) &&
		next=${version%.*}.9 &&
		[ "${#next}" -eq "${#version}" ] && dpkg --compare-versions "$version" lt "$next" &&
		sed -i "s/^Version: .*/Version: $next/" /tmp/next/DEBIAN/control &&
		LC_ALL=C sed -i "s/$version/$next/g" /tmp/next/usr/sbin/shmgrd &&
		(cd /tmp/next && find usr lib etc -type f -exec md5sum {} + >DEBIAN/md5sums) &&
		logged dpkg-deb --root-owner-group -b /tmp/next /packages/next
}

mkdir /packages
ok 'the package tells what it needs to be built' logged apt-get build-dep -y --no-install-recommends "$source"
ok 'dpkg-buildpackage builds it' build
ok 'a next version of the daemon is packed' make_next
ok 'the symbols file has all functions' is_same_symbols
ok 'a program has all it needs in libshmgr-dev' \
	logged apt-get install -y --no-install-recommends pkg-config /packages/libshmgr0_*.deb /packages/libshmgr-dev_*.deb
ok 'the program of libshmgr(3) compiles as the page says' compile_example
if logged apt-get install -y --no-install-recommends lintian; then
	is 'lintian has nothing to say' "$(lintian --allow-root --fail-on none -I /packages/*.changes 2>&1)" ''
else
	tap_result 1 'lintian is installed'
fi
tap_end
