#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The four lists of public functions are the same: what the library exports, what its map names, what the headers
# declare SVCLB_API, what the manual pages document. Each public header compiles alone, as C99 and as C++, and no source
# is forgotten in a Makefile.inc.
# usage: tests/symbols.sh BUILD_DIR; prints ok and not ok lines.
set -u

build=$(cd "${1:-build}" && pwd -P) || exit 2
cd "$(dirname "$0")/.." || exit 2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
bad=0

result() { # NAME EXIT_CODE DETAILS
	if [ "$2" -eq 0 ]; then
		echo "ok symbols / $1"
	else
		printf '%s\n' "$3" | sed 's/^/    /'
		echo "not ok symbols / $1"
		bad=1
	fi
}

strip_comments() {
	gcc -fpreprocessed -dD -E -P -x c "$1" 2>/dev/null
}

nm -D --defined-only "$build/lib/.libs/libsvclb.so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
	sort -u >"$work/exports"

# Names in the "global:" parts of the map.
sed 's/#.*//' lib/libsvclb.map | tr '{};' '\n' |
	awk '/global:/ { on = 1; sub(/.*global:/, "") } /local:/ { on = 0 } /^LIB/ { on = 0 } on' |
	grep -oE '\bsvclb_[a-z0-9_]+\b' | sort -u >"$work/map"

# A declaration may run over several lines: join them, then take the word before the first parenthesis.
for h in include/svclb/*.h; do
	strip_comments "$h"
done | grep -v '^ *#' | tr '\n' ' ' | tr ';{}' '\n' | grep -E '(^|[^A-Z_])SVCLB_API ' |
	sed -E 's/.*SVCLB_API //; s/\(.*//' | grep -oE 'svclb_[a-z0-9_]+ *$' | tr -d ' ' | sort -u >"$work/headers"

# A page documents what its NAME section lists and what its SYNOPSIS section declares.
for m in man/*.3; do
	[ -e "$m" ] || continue
	sed -E 's/\\f[A-Z]//g; s/\\-/-/g' "$m" |
		awk '/^\.(SH|Sh) / { on = ($2 ~ /^"?(NAME|SYNOPSIS)/) } on' |
		grep -oE '\bsvclb_[a-z0-9_]+ *(\(|,|-|$)|^\.Nm +svclb_[a-z0-9_]+|^\.Fn +"?[^"]*svclb_[a-z0-9_]+|^\.Fo +svclb_[a-z0-9_]+' |
		grep -oE 'svclb_[a-z0-9_]+'
done | sort -u >"$work/man"

compare() { # LIST AGAINST_LIST NAME
	local d

	if [ ! -s "$work/$1" ]; then
		result "$3" 1 "no functions found in: $1"
		return
	fi
	d=$(diff "$work/$1" "$work/$2" | sed -n "s/^</only in $1:/p; s/^>/only in $2:/p")
	[ -z "$d" ]
	result "$3" $? "$d"
}

compare headers exports "headers declare what the library exports"
compare map exports "the map names what the library exports"
compare man headers "manual pages document what the headers declare"

for h in include/svclb/*.h; do
	name=svclb/$(basename "$h")
	printf '#include <%s>\n' "$name" >"$work/t.c"
	out=$(gcc -std=c99 -pedantic -Wall -Wextra -Werror -Iinclude -fsyntax-only "$work/t.c" 2>&1)
	result "$name compiles alone as C99" $? "$out"
	cp "$work/t.c" "$work/t.cc"
	out=$(g++ -std=c++11 -pedantic -Wall -Wextra -Werror -Iinclude -fsyntax-only "$work/t.cc" 2>&1)
	result "$name compiles alone as C++" $? "$out"
done

# A source that its folder's Makefile.inc does not list is neither built nor run nor shipped.
for folder in include lib cli tests/unit tests/fuzz; do
	list=${folder%%/*}/Makefile.inc
	out=$(find "$folder" -name '*.[ch]' | sort | while read -r f; do
		grep -qE "(^|[ =])(${f//./\\.}|${f%.c})( |\$|\\\\)" "$list" || echo "not in $list: $f"
	done)
	[ -z "$out" ]
	result "every file of $folder is listed" $? "$out"
done

exit $bad
