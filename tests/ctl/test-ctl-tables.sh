#!/bin/sh
# Tables of shmgrctl, with libsmartcols and without it.

. "${srcdir:-.}/tests/tap.sh"

directory=$(mktemp -d) || exit 99
trap 'rm -rf "$directory"' EXIT
tables=${builddir:-.}/tests/ctl
escape=$(printf '\033')
printf 'NAME\tN\tNOTE\na\t5\tx\nlonger\t1234\t\n' >"$directory/table"
printf 'NAME\tN\n\303\244\303\266\t1\nxyz\t2\n' >"$directory/umlauts"

for program in print-table-plain print-table-smart; do
	[ -x "$tables/$program" ] || {
		tap_result 0 "$program # SKIP it was not built"
		continue
	}
	is "$program: columns are aligned, numbers to the right" "$("$tables/$program" --head <"$directory/table" | sed 's/ *$//')" \
		'NAME       N  NOTE
a          5  x
longer  1234'
	is "$program: an indented one" "$("$tables/$program" --head 3 <"$directory/table" | head -n 1 | sed 's/ *$//')" \
		'   NAME       N  NOTE'
	is "$program: without a heading" "$(tail -n 1 "$directory/table" | "$tables/$program" | sed 's/ *$//')" 'longer  1234'
	is "$program: in any locale, letters of two bytes are one wide" "$(LC_ALL=C "$tables/$program" --head <"$directory/umlauts")" \
		"NAME  N
$(printf '\303\244\303\266')    1
xyz   2"
	like "$program: colours" "$("$tables/$program" --head always <"$directory/table")" "*$escape\[1mNAME*$escape\[0m*"
	printf 'a\\x41\tb\\u001b\n' >"$directory/escapes"
	is "$program: what looks like an escape stays" "$("$tables/$program" <"$directory/escapes" | sed 's/  */ /g; s/ $//')" 'a\x41 b\u001b'
done

if [ -x "$tables/print-table-smart" ]; then
	printf 'NAME\tN\n\346\227\245\346\234\254\t1\nxyz\t2\n' >"$directory/wide"
	is "letters that are two wide" "$("$tables/print-table-smart" --head <"$directory/wide")" "NAME  N
$(printf '\346\227\245\346\234\254')  1
xyz   2"
	if has_terminals; then
		printf 'NAME\tNOTE\nx\tnote%080d\n' 7 >"$directory/long"
		out=$(script -qec "stty cols 40; '$tables/print-table-smart' --head never <'$directory/long'" /dev/null </dev/null | tr -d '\r')
		is "a line fits the terminal" "$(echo "$out" | awk 'length($0) > 40' | wc -l)" 0
		is "but not a file" "$("$tables/print-table-smart" --head <"$directory/long" | awk 'length($0) > 80' | wc -l)" 1
	else
		tap_result 0 "a line fits the terminal # SKIP there is no script(1)"
	fi
fi
tap_end
