#!/bin/sh
# shmgrctl: contents of any size, and values from standard input and from files.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
. "${srcdir:-.}/tests/ctl/ctl.sh"

# A reply of the daemon holds some hundred of these elements, and no call may read them all.
ok "the daemon starts" daemon_start --max-frame=64K --max-call-work=2000
n=3000

# piped TEXT ARG...: runs shmgrctl with this standard input; sets $out, $err and $status.
piped() {
	printf '%s' "$1" >"$directory/input"
	shift
	out=$("$ctl" "$@" 2>"$directory/err" <"$directory/input")
	status=$?
	err=$(cat "$directory/err")
}

run dict open d --create
run list open l --create
run set open s --create
{
	i=0
	while [ $i -lt $n ]; do
		i=$((i + 1))
		echo "{\"jsonrpc\":\"2.0\",\"method\":\"dict.set\",\"params\":[\"d\",\"k$i\",$i]}"
		echo "{\"jsonrpc\":\"2.0\",\"method\":\"list.append\",\"params\":[\"l\",$i]}"
		echo "{\"jsonrpc\":\"2.0\",\"method\":\"set.add\",\"params\":[\"s\",\"m$i\"]}"
	done
	echo '{"jsonrpc":"2.0","id":1,"method":"server.ping"}'
} >"$directory/fill"
if command -v socat >/dev/null; then
	socat -t 60 - "UNIX-CONNECT:$SHMGR_SOCKET" <"$directory/fill" >/dev/null
	is "they are there" "$("$ctl" dict length d) $("$ctl" list length l) $("$ctl" set length s)" "$n $n $n"
	is "keys, one a line" "$("$ctl" dict keys d | awk '$0 == "k" NR' | wc -l)" $n
	is "values" "$("$ctl" dict values d | awk '$0 == NR' | wc -l)" $n
	is "items" "$("$ctl" dict items d | awk '$0 == "[\"k" NR "\"," NR "]"' | wc -l)" $n
	is "as JSON it is an array" "$("$ctl" --json dict keys d | tr ',' '\n' | sed 's/[]["]//g' | awk '$0 == "k" NR' | wc -l)" $n
	is "a dump is an object, a member a line" "$("$ctl" dict dump d | sed 's/,$//' | awk '$0 == "\"k" NR - 1 "\": " NR - 1' | wc -l)" $n
	is "of a list an array" "$("$ctl" list dump l | sed 's/,$//' | awk '$0 == NR - 1' | wc -l)" $n
	is "and of a set" "$("$ctl" set dump s | sed 's/,$//' | awk '$0 == "\"m" NR - 1 "\""' | wc -l)" $n

	# Memory does not grow with the output: 440 elements of 50,000 bytes are 22 MB. The memory is read while the
	# tool has more to write than a pipe holds, so the tool still runs.
	run list open wide --create
	awk 'BEGIN {
		value = "0123456789"
		while (length(value) < 50000) value = value value
		for (i = 0; i < 500; i++)
			printf "{\"jsonrpc\":\"2.0\",\"method\":\"list.append\",\"params\":[\"wide\",\"%s\"]}\n", substr(value, 1, 50000)
		print "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server.ping\"}"
	}' >"$directory/fill"
	socat -t 60 - "UNIX-CONNECT:$SHMGR_SOCKET" <"$directory/fill" >/dev/null
	if nm -D "$(dirname "$ctl")/.libs/libshmgr.so" 2>/dev/null | grep -qE '__(asan|tsan|ubsan)'; then
		tap_result 0 "constant memory # SKIP a sanitizer keeps freed memory"
	else
		mkfifo "$directory/dump"
		"$ctl" list dump wide >"$directory/dump" &
		awk -v status="/proc/$!/status" '
			NR == 10 || NR == 450 {
				while ((getline line <status) > 0) {
					split(line, word)
					if (word[1] == "Name:") name = word[2]
					if (word[1] == "VmHWM:") peak[NR] = word[2]
				}
				close(status)
			}
			END {
				is_constant = name ~ /shmgrctl/ && peak[450] > 0 && peak[450] - peak[10] < 4000
				print NR, is_constant ? "constant" : name " grows from " peak[10] " to " peak[450] " kB"
			}
		' <"$directory/dump" >"$directory/memory"
		is "a dump takes constant memory" "$(cat "$directory/memory")" "502 constant"
	fi
	run rm wide
else
	tap_result 0 "contents of any size # SKIP there is no socat"
fi

# Pages of large elements become as small as needed.
run list open large --create
for i in 1 2 3 4 5; do
	run list append large "$(printf '%20000d' $i)"
done
is "large elements" "$("$ctl" list dump large | grep -c 0000)" 0
is "come all" "$("$ctl" list dump large | wc -l)" 7

run dict open small --create --value '{"a":1,"b c":[true,null]}'
gives "a small one" 0 '{
"a": 1,
"b c": [true,null]
}' dict dump small
gives "in one line as JSON" 0 '{"a":1,"b c":[true,null]}' --json dict dump small
run dict open none --create
gives "an empty one" 0 '{
}' dict dump none
gives "has no keys" 0 "" dict keys none
gives "and as JSON none" 0 "[]" --json dict keys none
"$ctl" dict dump small >"$directory/dumped"
run dict open again --create --value "@$directory/dumped"
gives "a dump makes an object again" 0 '{"a":1,"b c":[true,null]}' --json dict copy again
fails "one that there is not" 66 "dict.scan: *nix*(ENOENT)" dict keys nix
fails "one of another type" 1 "dict.scan: *(EPROTOTYPE)" dict keys l

# Values from standard input and from files

piped 'hello
' dict set small a -
gives "- is the standard input, without its newline" 0 '"hello"' --json dict get small a
piped '5' dict set small a -
gives "which is read as an argument is" 0 5 --json dict get small a
piped '5' dict set small a - --string
gives "and as the options say" 0 '"5"' --json dict get small a
printf '{\n  "x": 1.50\n}\n' >"$directory/file"
run dict set small a "@$directory/file"
gives "@FILE is a file" 0 '"{\n  \"x\": 1.50\n}"' --json dict get small a
run dict set small a --parse --value="@$directory/file"
gives "and JSON with --parse" 0 '{"x":1.5}' --json dict get small a
piped 'from there' dict set small a --stdin
gives "--stdin gives it to the value" 0 "from there" dict get small a
piped '["x","y"]' list open fresh --create --stdin
gives "of whatever verb" 0 '["x","y"]' --json list copy fresh
run dict set small a @@home
gives "@@ is an @" 0 @home dict get small a
run dict set small a -- @home
gives "behind -- it is only itself" 0 @home dict get small a
run dict set small a -- -
gives "and so is -" 0 - dict get small a
run dict set small @home 1
gives "a key is never a file" 0 1 dict get small @home
run dict set small a @
gives "nor is an @ alone" 0 @ dict get small a
fails "a file that there is not" 2 "dict.set: value: '@/nonexistent': No such file*" dict set small a @/nonexistent
printf 'a\000b' >"$directory/nul"
fails "a file that is no text" 2 "dict.set: value: *NUL byte" dict set small a "@$directory/nul"
printf 'a\377b' >"$directory/nul"
fails "or no UTF-8" 2 "dict.set: value: *UTF-8*" dict set small a "@$directory/nul"
fails "--stdin without a place for it" 2 "dict.delete: --stdin: every value is already given*" dict delete small a --stdin
misused "or with a command" "ls: --stdin works only*" ls --stdin
ok "the daemon ends cleanly" daemon_stop
tap_end
