#!/bin/sh
# Every command of doc/coming-from.md runs, and prints the output that stands below it.
: "${srcdir:?}" "${builddir:?}" "${SHMGRCTL:?}"
. "$srcdir/tests/tap.sh"
. "$srcdir/tests/daemon.sh"
document=$srcdir/doc/coming-from.md
PATH=$(dirname "$SHMGRCTL"):$PATH
PYTHONPATH=$srcdir/examples/python
PYTHONDONTWRITEBYTECODE=1
export PATH PYTHONPATH PYTHONDONTWRITEBYTECODE
unset XDG_RUNTIME_DIR

# Writes each block to a file of its own: N.sh, with its output in N.want, or N.py, whose output is in the next
# block.
split() {
	awk -v to="$directory/" '
		/^```$/ && !inside { inside = "sh"; n++; next }
		/^```python$/ { inside = "py"; n++; next }
		/^```output$/ { inside = "want"; next }
		/^```/ { inside = ""; next }
		inside == "sh" && /^\$ / { print substr($0, 3) >(to n ".sh"); next }
		inside == "sh" { print >(to n ".want"); next }
		inside { print >(to n "." inside) }' "$document"
}

# fits WANTED GOT: whether the files are equal line by line, where "..." stands for any text.
fits() {
	# shellcheck disable=SC2016
	awk -v other="$2" '
		{ wanted = $0; if ((getline got <other) <= 0) { print "# missing: " wanted; bad = 1; next }
		  at = index(wanted, "...")
		  if (at ? substr(got, 1, at - 1) != substr(wanted, 1, at - 1) || length(got) < at : got != wanted) {
			print "# expected: " wanted; print "# but was:  " got; bad = 1 } }
		END { while ((getline got <other) > 0) { print "# more: " got; bad = 1 } exit bad }' "$1"
}

ok 'a daemon starts' daemon_start
split
n=0
for file in $(ls "$directory" | grep -E '^[0-9]+\.(sh|py)$' | sort -n); do
	n=$((n + 1))
	block=$directory/${file%.*}
	touch "$block.want"
	case $file in
	*.sh) sh -e "$directory/$file" >"$block.got" 2>&1 ;;
	*.py)
		if ! command -v python3 >/dev/null; then
			tap_result 0 "block $n # SKIP there is no python3"
			continue
		fi
		python3 "$directory/$file" >"$block.got" 2>&1
		;;
	esac
	is "block $n ends well" $? 0
	ok "block $n prints what stands there" fits "$block.want" "$block.got"
done
ok 'each of the five has three blocks' [ "$n" -eq 15 ]
is 'and three things' "$(grep -c '^\*\*' "$document")" 15
tap_end
