#!/bin/sh
# Each function of the manual has an entry that names all its parameters; each page says what functions return and how
# they fail; each function has a list of errors, each of which the page explains; and each errno exists.
: "${srcdir:?}"
. "$srcdir/tests/tap.sh"
. "$srcdir/tests/mdoc.sh"
directory=$(mktemp -d) || exit 99
trap 'rm -rf "$directory"' EXIT
pages=$srcdir/man

# prototypes PAGE: prints lines "FUNCTION PARAMETER..." of the SYNOPSIS, without the manager and the handle of the
# page's own type.
prototypes() {
	section SYNOPSIS "$1" | awk -v own="$(basename "$1" .3)" '
		function parameter(text) {
			if (text ~ "^(const )?(shmgr_manager|" own ") \\*[a-z]") return ""
			if (match(text, /\(\*[a-z_]+\)/)) text = substr(text, RSTART + 2, RLENGTH - 3)
			gsub(/\[.*/, "", text)
			sub(/.*[ *]/, "", text)
			return text == "void" ? "" : " " text
		}
		/^\.Fn / {
			n = split(substr($0, 5), word, /" ?"?/)
			sub(/ $/, "", word[1])
			text = word[1]
			for (i = 2; i <= n; i++) if (word[i] != "") text = text parameter(word[i])
			print text
		}
		/^\.Fo / { text = $2 }
		/^\.Fa / { gsub(/"/, ""); text = text parameter(substr($0, 5)) }
		/^\.Fc/ { print text }'
}

# entries PAGE: prints lines "FUNCTION PARAMETER..." of the DESCRIPTION: each .It of functions, with the .Fa of its
# text.
entries() {
	section DESCRIPTION "$1" | awk '
		function flush(i) { for (i = 1; i <= n; i++) print name[i] text; n = 0; text = "" }
		/^\.It Fn / {
			flush()
			line = $0
			gsub(/\.It|Fn|,/, " ", line)
			n = split(line, name, / +/)
			for (i = 1; i < n; i++) name[i] = name[i + 1]
			while (n > 0 && name[n] == "") n--
			n = n > 0 && name[n] == name[n - 1] ? n - 1 : n
			next
		}
		/^\.(Ss|Sh) / { flush() }
		/^\.Fa / { for (i = 2; i <= NF; i++) { gsub(/^\*/, "", $i); text = text " " $i } }
		/^\.Ft|^\.Vt/ { }
		END { flush() }'
}

# common FUNCTION: whether all types have it, so that libshmgr(3) describes it.
is_common() {
	case $1 in
	*_open | *_ref | *_unref | *_unrefp | *_name | *_reference | *_open_reference) true ;;
	*) false ;;
	esac
}

# Prints functions without an entry, and entries that leave out a parameter.
incomplete() {
	for page in "$pages"/shmgr_*.3; do
		entries "$page" >"$directory/entries"
		prototypes "$page" | while read -r function parameters; do
			is_common "$function" && continue
			entry=$(grep "^$function\( \|$\)" "$directory/entries") || {
				echo "$(basename "$page"): $function has no entry"
				continue
			}
			for parameter in $parameters; do
				case " $entry " in
				*" $parameter "*) ;;
				*) echo "$(basename "$page"): the entry of $function does not name $parameter" ;;
				esac
			done
		done
	done
}

# Prints pages without one of these sections, or with an empty one; and functions of int whose return value is not
# described.
sections() {
	for page in "$pages"/shmgr_*.3; do
		for name in 'RETURN VALUES' EXAMPLES ERRORS; do
			[ -n "$(section "$name" "$page")" ] || echo "$(basename "$page"): nothing in $name"
		done
		section 'RETURN VALUES' "$page" | tr '\n' ' ' | grep -qE 'negative errno on failure' ||
			echo "$(basename "$page"): RETURN VALUES does not tell of failure"
	done
}

# explained PAGE: prints the errnos that the list below the table explains.
explained() {
	section ERRORS "$1" | awk '/^\.It Bq Er / { for (i = 4; i <= NF; i++) if ($i ~ /^E/) print $i }' | sort -u
}

# Prints functions that ERRORS leaves out; errnos that are in the table or explained, but not both; and waits whose end
# is not described.
faults() {
	for page in "$pages"/shmgr_*.3; do
		name=$(basename "$page")
		errors "$page" >"$directory/errors"
		prototypes "$page" | while read -r function parameters; do
			case $function in
			*_open) ;;
			*_guardp | shmgr_manager_error | shmgr_manager_error_data | shmgr_manager_set_interrupt | shmgr_manager_on_lost | \
				shmgr_reference_new) continue ;;
			*) ! is_common "$function" || continue ;;
			esac
			line=$(grep "^$function\( \|$\)" "$directory/errors") || {
				echo "$name: ERRORS has no $function"
				continue
			}
			case " $parameters $name" in
			*' shmgr_connection.3') ;;
			*' timeout_ms '*)
				for errno in EAGAIN ETIMEDOUT EIDRM; do
					case " $line " in
					*" $errno "*) ;;
					*) echo "$name: $function waits, and has no $errno" ;;
					esac
				done
				;;
			esac
		done
		explained "$page" >"$directory/explained"
		cut -d ' ' -f 2- "$directory/errors" | tr ' ' '\n' | grep '^E' | sort -u >"$directory/named"
		comm -3 "$directory/explained" "$directory/named" | tr -d '\t' | sed "s/^/$name: in the table and not explained, or the other way round: /"
	done
}

# Prints names after .Er that <errno.h> does not have.
unknown_errors() {
	echo '#include <errno.h>' | ${CC:-cc} -E -dM -x c - | awk '$2 ~ /^E[A-Z0-9]+$/ { print $2 }' | sort -u >"$directory/errno"
	awk '/^\.(It Bq )?Er / { for (i = 2; i <= NF; i++) if ($i ~ /^E[A-Z0-9]+$/) print $i }' "$pages"/*.[1-8] | sort -u |
		comm -13 "$directory/errno" -
}

cat >"$directory/shmgr_bad.3" <<-'END'
	.Sh SYNOPSIS
	.Fn shmgr_bad_get "shmgr_bad *bad" "const char *key" "int64_t *ret_value"
	.Fo shmgr_bad_each
	.Fa "shmgr_bad *bad"
	.Fa "int (*predicate)(void *userdata)"
	.Fc
	.Sh DESCRIPTION
	.Bl -tag -width Ds
	.It Fn shmgr_bad_get , Fn shmgr_bad_put
	Reads
	.Fa key ,
	and stores it.
	.El
	.Sh ERRORS
	.Er ENOTHING
END
ok='shmgr_bad.3: shmgr_bad_each has no entry
shmgr_bad.3: the entry of shmgr_bad_get does not name ret_value'
is 'it finds what is left out' "$(pages=$directory; incomplete | sort)" "$ok"
is 'and what does not exist' "$(pages=$directory; unknown_errors)" ENOTHING
is 'and missing sections' "$(pages=$directory; sections | wc -l)" 3
cat >>"$directory/shmgr_bad.3" <<-'END'
	.Bl -tag -width Ds
	.It Fn shmgr_bad_get
	.Er ENOENT , EINVAL
	.El
	.Bl -tag -width Er
	.It Bq Er ENOENT , EPERM
	Nothing there.
	.El
END
ok='shmgr_bad.3: ERRORS has no shmgr_bad_each
shmgr_bad.3: in the table and not explained, or the other way round: EINVAL
shmgr_bad.3: in the table and not explained, or the other way round: EPERM'
is 'and functions and errors that are left out' "$(pages=$directory; faults | sort)" "$ok"
rm "$directory/shmgr_bad.3"

for page in "$pages"/shmgr_*.3; do
	prototypes "$page"
done >"$directory/prototypes"
ok 'there are prototypes' test "$(wc -l <"$directory/prototypes")" -gt 300
incomplete >"$directory/found"
ok 'every function has an entry, which names its parameters' none "$directory/found"
sections >"$directory/found"
ok 'every page tells what is returned, how calls fail, and an example' none "$directory/found"
faults >"$directory/found"
ok 'every function has its list of errors, which the page explains' none "$directory/found"
unknown_errors >"$directory/found"
ok 'every errno of a page exists' none "$directory/found"
tap_end
