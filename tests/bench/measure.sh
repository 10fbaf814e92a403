# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What the measurements share: two namespaces, "bench" for svclbctl and "floor" for what it is compared with; the fastest
# of three runs; ratios, as times mean nothing on a shared machine.

bench_start() { # SERVICES ENDPOINTS
	services=$1
	endpoints=$2
	dir=$(mktemp -d /tmp/svclb-bench.XXXXXX)
	trap 'rm -rf "$dir"' EXIT
	cd "$dir" || exit 1
	ip netns add bench || exit 1
	ip netns add floor || exit 1
	ip -n bench link set lo up
	ip -n floor link set lo up
}

# all.yaml, and changed.yaml with another port of one service's endpoints.
# shellcheck disable=SC2154  # "here" is the script's
bench_manifests() {
	awk -v n="$services" -v m="$endpoints" -f "$here/manifests.awk" >all.yaml
	awk -v n="$services" -v m="$endpoints" -v shift_ports=1 -f "$here/manifests.awk" >changed.yaml
}

in_ns() {
	nsenter --net="/run/netns/$1" -- "${@:2}"
}
now_us() {
	local t=${EPOCHREALTIME/[.,]/}
	echo "$t"
}
# Microseconds of the fastest of three runs; RESET runs before each.
best() { # RESET COMMAND...
	local reset=$1 start us best=0

	shift
	for _ in 1 2 3; do
		eval "$reset" >/dev/null 2>&1
		start=$(now_us)
		"$@" >"$dir/out" 2>&1 || { cat "$dir/out" >&2; echo "bench: failed: $*" >&2; exit 1; }
		us=$(($(now_us) - start))
		[ "$best" -ne 0 ] && [ "$best" -le $us ] || best=$us
	done
	echo "$best"
}
line() { # NAME US FLOOR_US FLOOR_NAME
	awk -v name="$1" -v us="$2" -v floor="$3" -v what="$4" \
		'BEGIN { printf "%-48s %10.1f ms   %6.2f x %s\n", name, us / 1000, us / floor, what }'
}

per_rule() { # NAME US RULES
	awk -v name="$1" -v us="$2" -v rules="$3" 'BEGIN { printf "%-48s %10.2f us\n", name, us / rules }'
}
