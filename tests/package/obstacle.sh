#!/bin/sh
# obstacle.sh: prints why the packages cannot be built here in a Debian of their own; prints nothing if
# they can.
: "${srcdir:?}" "${SUITE:=bookworm}"

say() {
	echo "$1"
	exit
}

[ "$(id -u)" -eq 0 ] || say 'this needs root'
for tool in mmdebstrap git; do
	command -v "$tool" >/dev/null || say "there is no $tool"
done
[ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || say 'there are no keys of Debian'
[ -e "$srcdir/debian/control" ] || say 'debian/ is not here: a release does not have it'
git -c safe.directory='*' -C "$srcdir" rev-parse --quiet --verify HEAD >/dev/null 2>&1 ||
	say 'the source is not in a repository'
# shellcheck disable=SC2086
mmdebstrap --mode=root --simulate --variant=essential "$SUITE" /dev/null ${MIRROR:-} >/dev/null 2>&1 </dev/null ||
	say "mmdebstrap gets no packages of $SUITE"
