#!/bin/sh
# Writes the lists of options in the manual's pages, between their two marks, and the sample file.
set -eu
shmgrd=$1
top=$(cd "$(dirname "$0")/.." && pwd)
list=$(mktemp)
trap 'rm -f "$list" "$list.page"' EXIT

# page FILE WHAT
page() {
	"$shmgrd" --print="$2" >"$list"
	sed -e '/^\.\\" The options, by/,/^\.\\" End of the options/{
		/^\.\\" The options, by/r '"$list"'
		/^\.\\"/!d
	}' "$top/man/$1" >"$list.page"
	cat "$list.page" >"$top/man/$1"
}

page shmgrd.8 man
page shmgrd.conf.5 man-conf
"$shmgrd" --print=conf >"$top/daemon/shmgrd.conf"
