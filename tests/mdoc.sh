# Functions that read manual pages, and the sources that they describe: source this file.
# shellcheck shell=sh

# section NAME PAGE...: prints the lines of a section.
section() {
	section_name=$1
	shift
	awk -v name="$section_name" '/^\.Sh / { inside = (substr($0, 5) == name); next } inside' "$@"
}

# Prints the programs in the EXAMPLES of a page: literal blocks that begin with an include.
example() {
	section EXAMPLES "$1" | awk '
		/^\.Bd -literal$/ { inside = 1; text = ""; next }
		/^\.Ed/ { if (inside && text ~ /^#include/) print text; inside = 0 }
		inside { text = text $0 "\n" }' | sed 's/\\-/-/g; s/\\e/\\/g'
}

# errors PAGE: prints lines "FUNCTION ERRNO..." of the table in ERRORS, with "none" for no further ones.
errors() {
	section ERRORS "$1" | awk '
		function flush() { if (text != "") print name text; name = text = "" }
		/^\.It Fn / { flush(); name = $3; next }
		/^(\.Er |none$)/ && name != "" { gsub(/\.Er|,/, " "); text = text " " $0; next }
		{ flush() }
		END { flush() }' | tr -s ' ' | sed 's/ $//'
}

# calls SOURCE...: prints lines "FUNCTION METHOD" for the methods that the library's functions call.
calls() {
	awk '
		/^[a-z].*[ *]shmgr_[a-z0-9_]+\(/ {
			match($0, /shmgr_[a-z0-9_]+\(/)
			name = substr($0, RSTART, RLENGTH - 1)
		}
		/^}/ { name = "" }
		name != "" {
			line = $0
			while (match(line, /"[a-z]+\.[a-z_]+"/)) {
				print name, substr(line, RSTART + 1, RLENGTH - 2)
				line = substr(line, RSTART + RLENGTH)
			}
		}' "$@" | sort -u
}
