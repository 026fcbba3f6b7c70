#!/bin/sh
# The manual pages describe every function and every option, as the headers and the programs declare them; their
# examples work; and they are valid mdoc.
: "${srcdir:?}" "${builddir:?}" "${SHMGRD:?}" "${SHMGRCTL:?}"
. "$srcdir/tests/tap.sh"
. "$srcdir/tests/daemon.sh"
. "$srcdir/tests/mdoc.sh"
library=$builddir/.libs/libshmgr.so
pages=$srcdir/man
installed=$directory/man

skip() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
}

# canonical: prints one declaration a line, without needless blanks.
canonical() {
	sed -E 's/ ?__attribute__ ?\(\(warn_unused_result\)\)//; s/[ \t]+/ /g; s/ ?([*(),]) ?/\1/g; s/^ //; s/ $//' | LC_ALL=C sort
}

# Prints the declarations that the compiler sees, since a macro makes some. CC is a list of words.
# shellcheck disable=SC2086
declared() {
	echo '#include <shmgr/shmgr.h>' | ${CC:-cc} -E -P -I"$srcdir/include" -x c - | grep -v '^#' |
		tr -s ' \t\n' ' ' | tr ';{}' '\n' | grep -E '\bshmgr_[a-z0-9_]+ ?\(' | grep -v typedef |
		sed -E 's/^ ?extern "C" ?//' | canonical
}

# Prints the declarations of the pages: Ft, and Fn, or Fo with an Fa for each parameter.
documented() {
	section SYNOPSIS "$pages"/*.3 | awk '
		{ gsub(/"/, "\034") }
		/^\.Ft / { type = substr($0, 5); gsub(/\034/, "", type) }
		/^\.Fn / {
			sub(/^\.Fn /, "")
			n = split($0, word, /\034 ?/)
			sub(/ $/, "", word[1])
			text = ""
			for (i = 2; i < n; i += 2) text = text (i > 2 ? "," : "") word[i]
			print type " " word[1] "(" text ")"
		}
		/^\.Fo / { name = $2; text = "" }
		/^\.Fa / { gsub(/\034/, ""); text = text (text == "" ? "" : ",") substr($0, 5) }
		/^\.Fc/ { print type " " name "(" text ")" }' | canonical
}

exported() {
	${NM:-nm} -D --defined-only "$library" | awk '$2 == "T" { sub("@.*", "", $3); print $3 }' | LC_ALL=C sort -u
}

# Prints functions of a SYNOPSIS that its DESCRIPTION does not name. Typed functions are described with their function,
# and those of all types in libshmgr(3).
untold() {
	for page in "$pages"/shmgr_*.3; do
		section DESCRIPTION "$page" >"$directory/description"
		for name in $(section SYNOPSIS "$page" | awk '/^\.F[no] / { print $2 }'); do
			base=$(echo "$name" | sed -E 's/_(int64|double|bool|string|with)$//')
			case ${name#"$(basename "$page" .3)"} in
			_ref | _unref | _unrefp | _name | _reference | _open_reference) continue ;;
			esac
			grep -qE "\<($name|$base)\>" "$directory/description" || echo "$(basename "$page"): $name"
		done
	done
}

# Prints references to manual pages of this project that do not exist.
dangling() {
	for reference in $(awk '/^\.(It )?Xr / { gsub(/It |Xr /, " "); sub(/^\./, "")
			for (i = 1; i < NF; i++) if ($i ~ /shmgr/ && $(i + 1) ~ /^[0-9]$/) print $i "." $(i + 1)
			}' "$pages"/*.[1-8] | sort -u); do
		[ -e "$installed/man${reference##*.}/$reference" ] || echo "$reference"
	done
}

# told_options PAGE: prints the options that a page describes, one a line.
told_options() {
	awk '/^\..*Fl / {
		sub(/.*[ .]Fl /, "")
		for (i = 1; i <= NF; i++) if ($i ~ /^-?[a-z][-a-z0-9]*$/) print "-" $i
	}' "$1" | sort -u
}

# Prints the options at the beginnings of the lines of a help text.
helped_options() {
	sed -nE 's/^ +(-[a-z], )?(--[a-z][-a-z0-9]*).*/\1\2/p; s/^ +(-[a-z]) .*/\1/p' | tr -d ',' | tr ' ' '\n' | sort -u
}

# Prints all help texts of shmgrctl: its own, and those of its commands.
ctl_help() {
	"$SHMGRCTL" --help
	"$SHMGRCTL" --help | sed -nE '/^Commands:/,/^$/s/^  ([a-z]+( [a-z]+)?).*/\1/p' | while read -r words; do
		# shellcheck disable=SC2086
		"$SHMGRCTL" help $words </dev/null
	done
}

# compile PROGRAM SOURCE...: compiles with the library of this build.
# shellcheck disable=SC2086
compile() {
	program=$1
	shift
	${CC:-cc} -Wall -Wno-unused-function -Werror "$@" -I"$srcdir/include" ${JSON_C_CFLAGS:-} \
		-L"$builddir/.libs" -lshmgr -Wl,-rpath,"$builddir/.libs" ${JSON_C_LIBS:--ljson-c} \
		-o "$directory/$program" 2>"$directory/errors" || {
		none "$directory/errors"
		return 1
	}
}

# The example of a page of functions is a function that takes a manager; with a main() it becomes a program.
family_example() {
	example "$1" >"$directory/$2.c"
	function=$(sed -nE 's/^int ([a-z_]+)\(shmgr_manager \*manager\) \{/\1/p' "$directory/$2.c")
	[ -n "$function" ] || return
	cat >>"$directory/$2.c" <<-EOT
		#include <stdio.h>
		int main(void) {
		        shmgr_manager *manager;
		        if (shmgr_manager_open(NULL, &manager) < 0)
		                return 1;
		        int r = $function(manager);
		        if (r < 0)
		                printf("# $function: %d: %s\n", r, shmgr_manager_error(manager));
		        shmgr_manager_unref(manager);
		        return r < 0;
		}
	EOT
	compile "$2" "$directory/$2.c" && "$directory/$2"
}

# dialogue PAGE: prints the lines of the literal blocks of EXAMPLES.
dialogue() {
	section EXAMPLES "$1" | awk '/^\.Bd/ { inside = 1; next } /^\.Ed/ { inside = 0 } inside' | sed 's/\\-/-/g'
}

# shell_example PAGE: runs the commands of a dialogue, which begin with "$ ", and compares their output. A daemon runs
# already, so lines that start one or name its socket are left out.
shell_example() {
	dialogue "$1" | grep -vE '^\$ (shmgrd|export)' >"$directory/dialogue"
	sed -n 's/^\$ //p' "$directory/dialogue" >"$directory/commands"
	[ -s "$directory/commands" ] || return
	PATH=$(dirname "$SHMGRCTL"):$PATH sh -e "$directory/commands" >"$directory/printed" 2>&1 || return
	grep -v '^\$ ' "$directory/dialogue" | diff - "$directory/printed" >"$directory/differs" || {
		none "$directory/differs"
		return 1
	}
}

check_shell_examples() {
	ok 'the example of shmgr(7) prints what it shows' shell_example "$pages/shmgr.7"
	ok 'the example of shmgrd(8) prints what it shows' shell_example "$pages/shmgrd.8"
	dialogue "$pages/shmgrd.conf.5" >"$directory/example.conf"
	is 'the example of shmgrd.conf(5) is valid' "$("$SHMGRD" --config="$directory/example.conf" --check-config 2>&1)" \
		"$directory/example.conf is valid"
}

check_examples() {
	example "$pages/libshmgr.3" >"$directory/count.c"
	ok 'the program of libshmgr(3) compiles' compile count "$directory/count.c"
	is 'it counts' "$("$directory/count" 2>&1; "$directory/count" 2>&1)" 'run 1
run 2'
	for page in "$pages"/shmgr_*.3; do
		name=$(basename "$page" .3)
		ok "the example of $name(3) works" family_example "$page" "$name"
	done
}

# mandoc may not know the pages that are referred to; dangling() checks those of this project.
lint() {
	mandoc -T lint "$pages"/*.[1-8] >"$directory/lint.out" 2>"$directory/lint.err"
	cat "$directory/lint.out" "$directory/lint.err" |
		grep -v -e 'referenced manual not found' -e 'outdated mandoc.db'
}

warnings() {
	for page in "$pages"/*.[1-8]; do
		MANWIDTH=80 MANROFFSEQ='' man --warnings -E UTF-8 -Tutf8 -Z -l "$page" 2>&1 >/dev/null |
			sed "s|^|$(basename "$page"): |"
	done
}

declared >"$directory/declared"
documented >"$directory/documented"
LC_ALL=C comm -23 "$directory/declared" "$directory/documented" >"$directory/missing"
LC_ALL=C comm -13 "$directory/declared" "$directory/documented" >"$directory/wrong"
ok 'there are declarations' test "$(wc -l <"$directory/declared")" -gt 100
ok 'every declaration stands in a SYNOPSIS' none "$directory/missing"
ok 'a SYNOPSIS has nothing that the headers do not declare so' none "$directory/wrong"

untold >"$directory/untold"
ok 'every function of a SYNOPSIS is told of in the DESCRIPTION' none "$directory/untold"

for page in "$pages"/*.[1-8]; do
	mkdir -p "$installed/man${page##*.}" && cp "$page" "$installed/man${page##*.}"
done
sh "$pages/links.sh" install "$installed" "$pages"/*.[1-8]
for name in $(exported); do
	[ -s "$installed/man3/$name.3" ] || echo "$name"
done >"$directory/missing"
ok 'every function that the library exports has a page by its name' none "$directory/missing"
dangling >"$directory/dangling"
ok 'every page of ours that is referred to is there' none "$directory/dangling"
if command -v man >/dev/null && command -v groff >/dev/null; then
	like 'a function is found by its name' "$(man -M "$installed" -w shmgr_dict_get 2>&1)" '*shmgr_dict*'
else
	skip 'a function is found by its name' 'there is no man with groff here'
fi
sh "$pages/links.sh" uninstall "$installed" "$pages"/*.[1-8]
(cd "$installed" && find . -type f | sed 's|.*/||' | sort) >"$directory/left"
ls "$pages" | grep '\.[1-8]$' | sort | comm -3 - "$directory/left" >"$directory/wrong"
ok 'uninstalled, nothing but the pages is left' none "$directory/wrong"
sh "$pages/links.sh" install "$installed" "$pages"/*.[1-8]

"$SHMGRD" --help | helped_options >"$directory/helped"
told_options "$pages/shmgrd.8" | comm -23 "$directory/helped" - >"$directory/missing"
ok 'shmgrd has options' test "$(wc -l <"$directory/helped")" -gt 10
ok 'every option of shmgrd stands in its page' none "$directory/missing"
ctl_help 2>&1 | helped_options >"$directory/helped"
told_options "$pages/shmgrctl.1" | comm -23 "$directory/helped" - >"$directory/missing"
ok 'shmgrctl and its commands have options' test "$(wc -l <"$directory/helped")" -gt 5
ok 'every option of shmgrctl stands in its page' none "$directory/missing"

if ${NM:-nm} -D "$library" 2>/dev/null | grep -qE '__(asan|tsan|ubsan)'; then
	skip 'the examples work' 'the library is built with a sanitizer'
else
	ok 'a daemon starts' daemon_start
	check_examples
	check_shell_examples
fi

if command -v mandoc >/dev/null; then
	lint >"$directory/lint"
	ok 'mandoc has nothing to say against the pages' none "$directory/lint"
else
	skip 'mandoc has nothing to say against the pages' 'mandoc is not here'
fi
if command -v groff >/dev/null && man --help 2>/dev/null | grep -q -- --warnings; then
	warnings >"$directory/warnings"
	ok 'man --warnings has nothing to say against the pages' none "$directory/warnings"
else
	skip 'man --warnings has nothing to say against the pages' 'man-db with groff is not here'
fi
tap_end
