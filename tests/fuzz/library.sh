#!/bin/sh
# library.sh FLAG|FILE...: builds tests/fuzz/fuzz-library of the files, with clang and its libFuzzer.
# shellcheck disable=SC2086

: "${srcdir:?}" "${CLANG:?}"
flags='-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined'

probe() {
	echo 'int LLVMFuzzerTestOneInput(const char *s, unsigned long n) { return 0; }' |
		"$CLANG" $flags -xc -o tests/fuzz/fuzz-library - >/dev/null 2>&1
}

mkdir -p tests/fuzz
probe || {
	echo "make fuzz-library: libFuzzer is a part of clang, and '$CLANG' does not link it; install clang with its" \
		"compiler-rt, or name one: make fuzz-library CLANG=clang-14. make fuzz needs none of it." >&2
	exit 1
}
objects=$(mktemp -d) || exit 1
trap 'rm -rf "$objects"' EXIT
sources=
for word in "$@"; do
	shift
	case $word in
	*.h) ;;
	*.c) sources="$sources $word" ;;
	*) set -- "$@" "$word" ;;
	esac
done
# Compiles as many files at once as the machine has processors.
export srcdir CLANG flags objects
printf '%s\n' $sources | xargs -P "$(getconf _NPROCESSORS_ONLN || echo 1)" -I '{}' sh -c 'source=$1 && shift &&
	exec "$CLANG" -std=gnu11 -g -O1 $flags -DFUZZ_BY_LIBRARY -c -o "$objects/$(echo "$source" | tr / _).o" "$@" "$srcdir/$source"' \
	sh '{}' "$@" || exit
"$CLANG" $flags -o tests/fuzz/fuzz-library "$objects"/*.o "$@"
