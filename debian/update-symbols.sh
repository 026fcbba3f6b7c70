#!/bin/sh
# update-symbols.sh LIBRARY VERSION: prints libshmgr0.symbols for what the library exports. New symbols get
# VERSION; the others keep theirs. dpkg-gensymbols reports symbols that are gone.
set -eu
library=$1 version=$2
symbols=$(dirname "$0")/libshmgr0.symbols

sed '/^ /d' "$symbols"
{
	sed -n '/^ /p' "$symbols"
	${NM:-nm} -D --defined-only --with-symbol-versions "$library" |
		sed -nE 's/^.* [AT] ([A-Za-z0-9_]+)(@@(.*))?$/\1 \3/p' |
		awk -v version="$version" '{ print " " $1 "@" ($2 == "" ? $1 : $2) " " version }'
} | LC_ALL=C sort -s -k 1,1 | LC_ALL=C awk '!seen[$1]++'
