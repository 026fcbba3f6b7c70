#!/bin/sh
# doc/manager.md compares CPython's Manager with shmgr: each row names a test that exists and is run, and nothing
# that Python's Manager exposes is left out.

. "${srcdir:-.}/tests/tap.sh"
top=${srcdir:-.}
document=$top/doc/manager.md
directory=$(mktemp -d) || exit 99
trap 'rm -rf "$directory"' EXIT

# Prints the tests that rows refer to, as lines "FILE: NAME"; they stand in the last column, between backquotes.
references() {
	awk -F'|' '/^\|/ && !/^\|-/ { print $(NF - 1) }' "$document" | tr '`' '\n' | grep '^test-[a-z0-9-]*\.[a-z]*: ' | sort -u
}

# Prints rows of tables, except headings, that refer to no test.
rows_without_tests() {
	awk -F'|' '
		/^\|-/ { is_table = 1; next }
		!/^\|/ { is_table = 0 }
		is_table && $(NF - 1) !~ /`test-[a-z0-9-]+\.[a-z]+: / { print NR ": " $2 }' "$document"
}

# has NAME FILE: whether the file has a test of this name: a function of libcheck, a text in a table (in C a text
# may continue in the next line), or the name of a check in a script.
has() {
	case $2 in
	*.c) grep -q "^START_TEST($1)" "$2" || tr '\n' ' ' <"$2" | sed 's/"  *"//g' | grep -qF "\"$1\"" ;;
	*) grep -qF "\"$1" "$2" || grep -qF "'$1" "$2" || grep -qF " \"$1" "$2" ;;
	esac
}

missing() {
	references | while IFS= read -r reference; do
		file=${reference%%: *}
		name=${reference#*: }
		path=$(cd "$top" && ls tests/*/"$file" 2>/dev/null)
		if [ -z "$path" ]; then
			echo "there is no $file below tests/"
		elif ! grep -qE "(^|[[:space:]])$path( |\$)" "$top/Makefile.am"; then
			echo "$path is not run"
		elif ! has "$name" "$top/$path"; then
			echo "$path has no '$name'"
		fi
	done
}

# Prints the methods that this Python's Manager exposes, as lines "TYPE.METHOD".
exposed() {
	python3 - <<-'END'
		from multiprocessing import managers
		import queue

		for name, (callable, exposed, methods, proxy) in managers.SyncManager._registry.items():
		    if name in ("Pool", "Iterator", "AsyncResult", "JoinableQueue"):
		        continue
		    exposed = exposed or getattr(proxy, "_exposed_", None)
		    if exposed is None and name.endswith("Queue"):
		        exposed = managers.public_methods(queue.Queue())
		    for method in exposed or ():
		        if method != "__class_getitem__":
		            print(name + "." + method)
	END
}

# Prints those of them that no table of the document has as `TYPE.METHOD` in its first column.
left_out() {
	awk -F'|' '/^\|/ { print $2 }' "$document" | tr '`' '\n' >"$directory/had"
	exposed >"$directory/exposed" && while IFS= read -r method; do
		grep -qxF "$method" "$directory/had" || echo "$method"
	done <"$directory/exposed"
}

ok "there are rows" [ "$(references | wc -l)" -gt 100 ]
rows_without_tests >"$directory/rows"
ok "each row names a test" none "$directory/rows"
missing >"$directory/missing"
ok "each test that is named is there, and is run" none "$directory/missing"
if python3 -c 'from multiprocessing.managers import SyncManager' 2>/dev/null; then
	left_out >"$directory/left"
	ok "Python exposes something" [ -s "$directory/exposed" ]
	ok "nothing that Python's Manager exposes is left out" none "$directory/left"
else
	tap_result 0 "nothing that Python's Manager exposes is left out # SKIP there is no python3 with multiprocessing"
fi
tap_end
