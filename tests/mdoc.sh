# Functions that read manual pages: source this file.
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
