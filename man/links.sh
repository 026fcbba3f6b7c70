#!/bin/sh
# links.sh install|uninstall DIRECTORY PAGE...: a page is found by each name that its section NAME has. For all
# but the first, which is the file's own, a file in DIRECTORY/manN leads to it.
set -eu
action=$1 directory=$2
shift 2

# names PAGE: the arguments of Nm in its section NAME.
names() {
	awk '/^\.Sh/ { inside = ($2 == "NAME") } inside && /^\.Nm / { print $2 }' "$1"
}

for page; do
	file=${page##*/}
	section=${file##*.}
	for name in $(names "$page"); do
		link=$directory/man$section/$name.$section
		[ "$name.$section" != "$file" ] || continue
		case $action in
		install) echo ".so man$section/$file" >"$link" && chmod 644 "$link" ;;
		uninstall) rm -f "$link" ;;
		esac
	done
done
