#!/bin/sh
# figures.sh README PERFORMANCE RELIABILITY [--write]: compares the ratios in README with the table of goals in doc/performance.md,
# which has the figures of make bench, and the tables on durable objects in doc/reliability.md with those there. Prints what differs,
# and fails; with --write it changes the two files instead. A row that was not measured is left out.
readme=$1 performance=$2 reliability=$3 does_write=${4-}

# now ROW N: prints the Nth figure in the column "now" of the row that begins with ROW.
now() {
	awk -F ' *[|] *' -v row="$1" -v n="$2" '
		$2 == "goal" { for (i = 3; i <= NF; i++) if ($i == "now") column = i }
		column && index($2, row) == 1 { split($column, figure, /, */); print figure[n]; exit }' "$performance"
}

# ratio TEXT ROW [OLDER N]: README has TEXT with the figure of the row in the place of RATIO.
status=0
ratio() {
	figure=$(now "$2" 1)
	[ -n "$figure" ] || figure=$(now "$3" "$4")
	case $figure in
	*[!0-9.]* | '') return ;;
	esac
	pattern=$(printf '%s' "$1" | sed 's/[.*]/\\&/g; s/RATIO/\\([0-9.]*[0-9]\\)/')
	said=$(sed -n "s/.*$pattern.*/\1/p" "$readme")
	[ "$said" = "$figure" ] && return
	if [ -n "$said" ] && [ "$does_write" = --write ]; then
		text=$(printf '%s' "$1" | sed "s/RATIO/$figure/")
		sed "s/$pattern/$text/" "$readme" >"$readme.new" && cat "$readme.new" >"$readme" && rm "$readme.new"
	else
		echo "$readme: '$1' is ${said:-missing}, and $figure in '$2'"
		status=1
	fi
}

# Rows begin with names in backquotes.
# shellcheck disable=SC2016
ratio 'dict.get RATIO times' '`dict.get` of 8 bytes, 50 x 16' 'get, set, add at 50 x 16' 1
# shellcheck disable=SC2016
ratio 'dict.add RATIO times' '`dict.add`, 50 x 16' 'get, set, add at 50 x 16' 3
ratio 'lock RATIO times' 'lock pair, 50 x 16' 'lock pair at 50 x 16' 1
# shellcheck disable=SC2016
ratio 'it is RATIO times that of an echo' '`dict.get`, one call in flight' 'one call in flight' 1

# between FROM TO FILE: prints the lines of the file from one that begins with FROM to one that begins with TO, without the latter.
between() {
	awk -v from="$1" -v to="$2" 'index($0, from) == 1 { is_in = 1 } is_in && index($0, to) == 1 { exit } is_in' "$3"
}

# shellcheck disable=SC2016
measured=$(between '**Changes of `sync` objects' '<!-- end of figures' "$performance")
told=$(between '**Changes of `sync` objects' '<!-- end of durable figures' "$reliability")
if [ -n "$measured" ] && [ "$measured" != "$told" ]; then
	if [ "$does_write" = --write ]; then
		{
			sed '/^<!-- durable figures/q' "$reliability"
			printf '%s\n' "$measured"
			sed -n '/^<!-- end of durable figures/,$p' "$reliability"
		} >"$reliability.new" && cat "$reliability.new" >"$reliability" && rm "$reliability.new"
	else
		echo "$reliability: the tables on durable objects differ from those of $performance"
		status=1
	fi
fi
exit "$status"
