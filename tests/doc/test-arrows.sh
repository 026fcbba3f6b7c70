#!/bin/sh
# The arrows of the tree: which folder may include which, and no circle of files. A header and the source of its
# name count as one module. Each wrong arrow is printed as "FILE -> INCLUDED".

: "${srcdir:?}"
. "$srcdir/tests/tap.sh"

# FOLDER: the folders that its files may include, besides their own. HACKING.md explains the layers.
layers='
common/base:
common/json: common/base
daemon/core/snapshot: common/base common/json
daemon/core: common/base common/json daemon/core/snapshot daemon/core/call daemon/core/wait daemon/core/end
daemon/core/call: common/base common/json daemon/core daemon/core/wait daemon/core/end
daemon/core/wait: common/base common/json daemon/core daemon/core/snapshot daemon/core/call
daemon/core/end: common/base common/json daemon/core daemon/core/wait
daemon/core/types: common/base common/json daemon/core daemon/core/snapshot daemon/core/call daemon/core/wait
daemon/core/services: common/base common/json daemon/core daemon/core/call daemon/core/wait daemon/core/end daemon/core/types
daemon/core/save: common/base common/json daemon/core daemon/core/snapshot daemon/core/call daemon/core/wait daemon/core/end daemon/core/types
daemon/shell: common/base common/json daemon/core daemon/shell/options daemon/shell/handover daemon/shell/store
daemon/shell/store: common/base daemon/core daemon/shell daemon/shell/options
daemon/shell/handover: common/base common/json daemon/core daemon/core/snapshot daemon/shell daemon/shell/options
daemon/shell/options: common/base daemon/core
daemon: daemon/core daemon/shell daemon/shell/handover daemon/shell/options common/base common/json
libclient: common/base common/json include/shmgr libclient/connection
libclient/connection: common/base common/json include/shmgr
ctl: common/base common/json include/shmgr libclient
bench: common/base include/shmgr
examples: include/shmgr
'

# Prints "FILE INCLUDED" for each include of a file of the project.
includes() {
	(cd "$srcdir" && find common daemon libclient ctl bench examples -name '*.[ch]' | sort |
		xargs grep -HE '^#include ["<]' /dev/null) | awk -v top="$srcdir" '
		BEGIN {
			roots["common"] = "common"
			roots["daemon/core"] = "daemon/core common"
			roots["daemon/shell"] = "daemon/shell daemon/core common"
			roots["daemon"] = "daemon/shell daemon/core common"
			roots["libclient"] = "libclient common include"
			roots["ctl"] = "ctl libclient common include"
			roots["bench"] = "bench common include"
			roots["examples"] = "examples include"
		}
		function area(file) {
			if (file ~ /^daemon\/(core|shell)\//)
				return substr(file, 1, index(substr(file, 8), "/") + 6)
			return substr(file, 1, index(file, "/") - 1)
		}
		function is_there(path, line) {
			if (!(path in there)) {
				there[path] = (getline line <(top "/" path)) >= 0
				close(top "/" path)
			}
			return there[path]
		}
		{
			file = substr($0, 1, index($0, ":") - 1)
			name = $0
			sub(/^[^"<]*["<]/, "", name)
			sub(/[">].*$/, "", name)
			n = split(roots[area(file)], list, " ")
			for (i = 1; i <= n; i++)
				if (is_there(list[i] "/" name)) {
					print file, list[i] "/" name
					break
				}
			if (i > n && $0 ~ /"/)
				print file, "nowhere/" name
		}'
}

# Prints arrows that no line of the table allows.
wrong_arrows() {
	printf '%s\n' "$layers" | awk -v edges="$directory/edges" '
		function folder(file) { sub(/\/[^\/]*$/, "", file); return file }
		{
			from = $1
			sub(/:$/, "", from)
			for (i = 2; i <= NF; i++)
				may[from, $i] = 1
		}
		END {
			while ((getline line <edges) > 0) {
				split(line, e, " ")
				from = folder(e[1])
				to = folder(e[2])
				if (from != to && !((from, to) in may))
					print e[1] " -> " e[2]
			}
		}'
}

# Prints modules that include each other in a circle: those that remain when modules which nobody includes, or
# which include none, are removed again and again.
circles() {
	awk '
		function module(file) { sub(/\.[ch]$/, "", file); return file }
		{
			a = module($1)
			b = module($2)
			if (a != b && !((a, b) in seen)) {
				seen[a, b] = 1
				from[++n] = a
				to[n] = b
			}
		}
		END {
			do {
				changed = 0
				split("", out)
				split("", in_)
				for (i = 1; i <= n; i++)
					if (!gone[i]) {
						out[from[i]]++
						in_[to[i]]++
					}
				for (i = 1; i <= n; i++)
					if (!gone[i] && (!out[to[i]] || !in_[from[i]]))
						gone[i] = changed = 1
			} while (changed)
			for (i = 1; i <= n; i++)
				if (!gone[i])
					print from[i] " -> " to[i]
		}' "$directory/edges"
}

directory=$(mktemp -d) || exit 99
trap 'rm -rf "$directory"' EXIT
includes >"$directory/edges"
ok "there are includes" test "$(wc -l <"$directory/edges")" -gt 500
is "each folder includes what it may" "$(wrong_arrows)" ""
is "no module of these folders is in a circle" "$(circles | grep -E "^(common|ctl|bench|daemon/core|daemon/shell|libclient)/")" ""
is "libevent is known to the shell alone" \
	"$(cd "$srcdir" && grep -lE '#include <event2?/' -r common libclient ctl daemon/core daemon/main.c)" ""
# Of the core, the shell includes only its border, the data that pass the border, and the form of snapshots.
is "the shell drives the core through its border" \
	"$(awk '$1 ~ /^daemon\/shell\// && $2 ~ /^daemon\/core\// { print $2 }' "$directory/edges" | sort -u |
		grep -vE '^daemon/core/(core|core-limits|peer|news|descriptor|attachment|lent|stored|snapshot/(fields|reader|writer))\.h$')" ""
is "methods are run by the choke point alone" \
	"$(cd "$srcdir" && grep -rlE -e '->run\(|\.run\(' daemon/core --include='*.c')" "daemon/core/call/dispatch.c"
tap_end
