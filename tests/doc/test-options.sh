#!/bin/sh
# The options: on the command line, in a file, and in the documents. All come from one table.

: "${SHMGRD:?}" "${srcdir:?}"
. "$srcdir/tests/tap.sh"
. "$srcdir/tests/daemon.sh"
conf=$directory/shmgrd.conf

# check TEXT: prints the output of --check-config for a file with this text, without the file's name, and its
# status.
check() {
	printf "$1" >"$conf"
	"$SHMGRD" --config="$conf" --check-config >"$directory/out" 2>&1
	echo "$? $(sed "s|$conf|FILE|; s|^shmgrd: ||" "$directory/out")"
}

is 'an empty file' "$(check '')" '0 FILE is valid'
is 'comments, blanks, values' "$(check '# shmgrd\n\n  max-frame = 5M  \n\tmode=0660\n max-depth =7')" '0 FILE is valid'
is 'an unknown option' "$(check '# one\nxyzzy = 1M\n')" \
	"78 FILE:2: unknown option 'xyzzy'; shmgrd --help lists all"
is 'a mistyped option' "$(check '# one\nmax-frames = 1M\n')" \
	"78 FILE:2: unknown option 'max-frames'; did you mean 'max-frame'?"
is 'which is one of files' "$(check 'hlep = yes\n')" "78 FILE:1: unknown option 'hlep'; shmgrd --help lists all"
is 'no option at all' "$(check '\n\nmode\n')" "78 FILE:3: 'mode' is not of the form name = value"
is 'a name that is missing' "$(check '= 5\n')" "78 FILE:1: unknown option ''; shmgrd --help lists all"
is 'an option twice' "$(check 'mode = 0600\n#\nmode = 0660\n')" '78 FILE:3: mode is set in line 1 already'
is 'an option of the command line' "$(check 'help = yes\n')" '78 FILE:1: help can only be given on the command line'
is 'a value that is missing' "$(check 'group =\n')" "78 FILE:1: group: '' is not a value"
is 'a bad mode' "$(check 'mode = 0999\n')" "78 FILE:1: mode: '0999' is not an octal number"
is 'a mode that is too much' "$(check 'mode = 1777\n')" "78 FILE:1: mode: '1777' is not between 0000 and 0777"
is 'a bad number' "$(check 'max-depth = 3x\n')" "78 FILE:1: max-depth: '3x' is not a number"
is 'a negative number' "$(check 'max-depth = -3\n')" "78 FILE:1: max-depth: '-3' is not a number"
is 'the least' "$(check 'max-depth = 2\n')" '0 FILE is valid'
is 'less than the least' "$(check 'max-depth = 1\n')" "78 FILE:1: max-depth: '1' is not between 2 and 1000"
is 'the most' "$(check 'max-depth = 1000\n')" '0 FILE is valid'
is 'more than the most' "$(check 'max-depth = 1001\n')" "78 FILE:1: max-depth: '1001' is not between 2 and 1000"
is 'more than a number holds' "$(check 'max-bytes = 99999999999999999999\n')" \
	"78 FILE:1: max-bytes: '99999999999999999999' is not between 1K and 1048576T"
is 'more than a number holds, by its unit' "$(check 'max-bytes = 18446744073709551615T\n')" \
	"78 FILE:1: max-bytes: '18446744073709551615T' is not between 1K and 1048576T"
is 'units of bytes' "$(check 'max-frame = 1024\nmax-output = 1K\nsoft-output = 1M\nmax-bytes = 1T\n')" '0 FILE is valid'
is 'a unit of bytes that is unknown' "$(check 'max-frame = 16MB\n')" \
	"78 FILE:1: max-frame: '16MB' is not a number of bytes, such as 65536, 64K or 16M"
is 'a number alone is seconds' "$(check 'frame-time = 3601\nsoft-output-time = 0.5\n' | sed 's/.*soft/soft/' | cut -c1-16)" 'soft-output-time'
is 'units of time' "$(check 'frame-time = 2min\nsoft-output-time = 1500ms\nslow-call = 2m\nrestart-time = 1d\n')" '0 FILE is valid'
is 'a unit of time that is unknown' "$(check 'frame-time = 1y\n')" \
	"78 FILE:1: frame-time: '1y' is not a time, such as 500ms, 30s or 5min"
is 'a bad level' "$(check 'log-level = loud\n')" \
	"78 FILE:1: log-level: 'loud' is not a level: error, warning, notice, info or debug"
is 'a bad yes or no' "$(check 'dumpable = maybe\n')" "78 FILE:1: dumpable: 'maybe' is not 'yes' or 'no'"
is 'a NUL byte' "$(check 'mode = 0600\0junk\n')" '78 FILE:1: the line contains a NUL byte'
is 'lines without an end' "$(check 'mode = 0600\r\nnix')" "78 FILE:2: 'nix' is not of the form name = value"
is 'lines of another system' "$(check '\357\273\277mode = 0600\r\n')" '0 FILE is valid'
is 'a mark that begins another line' "$(check 'mode = 0600\n\357\273\277max-depth = 7\n' | cut -c1-25)" "78 FILE:2: unknown option"
is 'a name that would control the terminal' "$(check '\033[31m = 1\n')" \
	"78 FILE:1: unknown option '\\x1b[31m'; shmgrd --help lists all"
is 'a device that does not end' "$("$SHMGRD" --config=/dev/zero --check-config 2>&1)" \
	'shmgrd: /dev/zero: a configuration file has at most 1 MiB'
if [ -w /dev/full ]; then
	for option in --help --version --check-config --print=man; do
		out=$("$SHMGRD" --config=/dev/null $option 2>&1 >/dev/full)
		is "an output that is full: $option" "$?:$out" "74:shmgrd: standard output: No space left on device"
	done
fi

# A file that is named on the command line must exist; the default one need not.
is 'a missing file' "$("$SHMGRD" --config="$directory/nix" --check-config 2>&1)" \
	"shmgrd: $directory/nix: No such file or directory"
is 'a directory' "$("$SHMGRD" --config="$directory" --check-config 2>&1)" "shmgrd: $directory: Is a directory"
is 'no file' "$("$SHMGRD" --config=/dev/null --check-config 2>&1)" '/dev/null is valid'

# The file must be valid even if the command line overrides it.
echo 'max-frame = 1' >"$conf"
is 'a bad file with a good command line' "$("$SHMGRD" --config="$conf" --max-frame=2M --check-config 2>&1)" \
	"shmgrd: $conf:1: max-frame: '1' is not between 1K and 1G"

# wrong OPTION: prints the error of a daemon with this option.
wrong() {
	"$SHMGRD" "$@" 2>&1
	echo "status $?"
}
is 'an option that there is not' "$(wrong --nix)" 'shmgrd: unknown option --nix; see shmgrd --help
status 64'
is 'a mistyped option of the command line' "$(wrong --sockt=/x)" "shmgrd: unknown option --sockt; did you mean '--socket'?
status 64"
is 'a value that is too much' "$(wrong --version=1)" 'shmgrd: --version takes no value
status 64'
is 'the letter of --help' "$("$SHMGRD" -h)" "$("$SHMGRD" --help)"
is 'an option of one letter' "$(wrong -x)" 'shmgrd: unknown option -x; see shmgrd --help
status 64'
is 'an option without its value' "$(wrong --mode)" 'shmgrd: --mode needs a value
status 64'
is 'a bad value' "$(wrong --max-frame=2G)" "shmgrd: --max-frame: '2G' is not between 1K and 1G
status 64"
is 'what is no option' "$(wrong more)" "shmgrd: unexpected argument 'more'; see shmgrd --help
status 64"

# A daemon with both: the command line overrides the file, and the file overrides the default.
printf 'max-depth = 20\nmax-members = 100\n' >"$conf"
daemon_start --config "$conf" --max-depth=10
limits=$("$SHMGRCTL" --json call session.hello '[]')
like 'the command line goes first' "$limits" '*"frame_depth":10,*'
like 'then the file' "$limits" '*"frame_members":100,*'
like 'then the default' "$limits" '*"batch_calls":1000,*'
if [ "$(id -u)" -eq 0 ]; then
	tap_result 0 'no core dumps, no debugger # SKIP for root the difference cannot be seen'
else
	is 'no core dumps, no debugger' "$(stat -c %u "/proc/$daemon_pid/environ")" 0
fi
ok 'the daemon ends' daemon_stop
is 'a daemon with a bad file does not start' "$(echo 'mode = x' >"$conf" && "$SHMGRD" --config="$conf" 2>&1)" \
	"shmgrd: $conf:1: mode: 'x' is not an octal number"

# The documents. make update-options updates them.
# section FILE: prints the lines between the two marks in a page of the manual.
section() {
	sed -n '/^\.\\" The options, by/,/^\.\\" End of the options/p' "$srcdir/man/$1" | grep -v '^\.\\"'
}
is 'shmgrd(8) has the options of the table' "$(section shmgrd.8)" "$("$SHMGRD" --print=man)"
is 'shmgrd.conf(5) has the options of the table' "$(section shmgrd.conf.5)" "$("$SHMGRD" --print=man-conf)"
is 'the sample file has the options of the table' "$(cat "$srcdir/daemon/shmgrd.conf")" "$("$SHMGRD" --print=conf)"
cp "$srcdir/daemon/shmgrd.conf" "$conf"
is 'the sample file is valid' "$("$SHMGRD" --config="$conf" --check-config 2>&1)" "$conf is valid"
# An option without a default has a word in capitals as value, which is valid here.
sed 's/^#\([a-z]\)/\1/' "$srcdir/daemon/shmgrd.conf" >"$conf"
is 'the sample file with all its defaults is valid' \
	"$("$SHMGRD" --config="$conf" --check-config 2>&1)" "$conf is valid"
"$SHMGRD" --help >"$directory/help"
# The length of the path depends on the prefix of the installation.
is 'no line of the help is too long' "$(awk '!index($0, "/shmgrd.conf") && length > 120' "$directory/help")" ''
like 'the version' "$("$SHMGRD" --version)" 'shmgrd [0-9]*'
tap_end
