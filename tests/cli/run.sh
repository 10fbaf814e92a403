#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The command line tool without privileges and without a kernel: SVCLBCTL=build/cli/svclbctl tests/cli/run.sh
set -u

svclbctl=$(realpath "${SVCLBCTL:-build/cli/svclbctl}") || exit 1
[ -x "$svclbctl" ] || { echo "not ok $svclbctl: not there"; exit 1; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset NO_COLOR
checks=0 failed=0 rc=0

ok() {
	checks=$((checks + 1))
	printf 'ok %s\n' "$1"
}

not_ok() {
	checks=$((checks + 1))
	failed=$((failed + 1))
	printf 'not ok %s: %s\n' "$1" "$2"
	sed 's/^/    out: /' out
	sed 's/^/    err: /' err
}

# NAME COMMAND...: the command succeeds.
holds() {
	local name=$1

	shift
	if "$@"; then
		ok "$name"
	else
		not_ok "$name" "failed: $*"
	fi
}

# Run the tool; its output is in the files out and err, its exit code in $rc.
ctl() {
	"$svclbctl" --state-dir "$work/state" "$@" >out 2>err </dev/null
	rc=$?
}

# NAME WANTED-CODE ARGUMENTS...
exits() {
	local name=$1 wanted=$2

	shift 2
	ctl "$@"
	if [ "$rc" = "$wanted" ]; then
		ok "$name"
	else
		not_ok "$name" "exit code $rc, wanted $wanted"
	fi
}

# NAME FILE TEXT: a line of the last run's out or err contains the text.
says() {
	if grep -qF -e "$3" "$2"; then
		ok "$1"
	else
		not_ok "$1" "$2 lacks '$3'"
	fi
}

# NAME FILE TEXT: no line of the last run's out or err contains the text.
lacks() {
	if grep -qF -e "$3" "$2"; then
		not_ok "$1" "$2 has '$3'"
	else
		ok "$1"
	fi
}

# NAME FILE TEXT: the whole of the last run's out or err.
is() {
	if [ "$(cat "$2")" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "$2 is not '$3'"
	fi
}

service() { # NAME [CLUSTER-IP]
	cat <<END
apiVersion: v1
kind: Service
metadata:
  name: $1
  labels: {app: $1}
spec:
  ${2:+clusterIP: $2}
  selector: {app: $1}
  ports:
  - name: http
    port: 80
    targetPort: 8080
END
}

slice() { # SERVICE ADDRESS...
	local name=$1

	shift
	echo "apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: $name-1
  labels: {kubernetes.io/service-name: $name}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints:"
	printf -- '- addresses: [%s]\n' "$@"
}

{
	service web 10.96.0.10
	echo ---
	slice web 10.244.1.2 10.244.1.3
} >web.yaml
service other 10.96.0.10 >collision.yaml
service other 10.96.0.11 >other.yaml
cat >bad.yaml <<'END'
apiVersion: v1
kind: Service
metadata:
  name: Bad_Name
spec:
  type: Nope
  ports:
  - port: 70000
END
printf 'a: [\n' >broken.yaml
mkdir -p folder/below folder/.hidden
service one >folder/b.yaml
service two >folder/a.yml
service three >folder/below/c.yaml
service four >folder/.d.yaml
echo "not a manifest" >folder/README
node=(--node-address 192.168.64.10)

# ---- Usage ----
exits "no command is a usage error" 2
says "and shows the commands" err "usage: svclbctl COMMAND"
exits "an unknown command" 2 aply
says "suggests the nearest one" err "did you mean 'apply'?"
sed 's|^spec:|&\n  internalTrafficPolicy: Local|' web.yaml >local.yaml
exits "a policy Local" 0 validate local.yaml
says "the name of the node is missed" err "the name of this node is not known, so no endpoint is local"
says "and what gives it" err "hint: give it with --node"
exits "with a name" 0 validate local.yaml --node n
lacks "it is not missed" err "is not known"
exits "an unknown flag" 2 validate --recursiv web.yaml
says "suggests the nearest one" err "did you mean --recursive?"
exits "a flag of another command" 2 validate --prune web.yaml
says "is refused by name" err "validate does not take --prune"
exits "a flag without its value" 2 validate -f
exits "a value out of range" 2 validate web.yaml --mode ipfs
says "names the flag" err "--mode: invalid value 'ipfs'"
exits "a duration" 0 validate web.yaml --timeout 500000ms
exits "no duration" 2 validate web.yaml --timeout soon
exits "an unknown format" 2 render web.yaml -o xml
exits "a superfluous argument" 2 status extra
exits "no input" 2 validate
exits "an unknown kind" 2 get servces
says "suggests the nearest one" err "did you mean 'services'?"
exits "no selector" 2 get svc -l 'a in b'
exits "help" 0 help
says "on standard output" out "usage: svclbctl COMMAND"
for command in validate render plan apply delete get describe status cleanup version help completion; do
	exits "$command --help" 0 "$command" --help
	says "shows its usage" out "usage: svclbctl $command"
	exits "help $command" 0 help "$command"
done
exits "help of an unknown command" 2 help aply
exits "version" 0 version
says "has the library's" out "libsvclb "
exits "version as JSON" 0 version -o json
says "has a kind" out '"kind": "Version"'

# ---- Input ----
exits "validate a file" 0 validate web.yaml
is "counts the objects" out "2 objects valid"
exits "validate quietly" 0 validate -q web.yaml
is "prints nothing" out ""
exits "flags may stand before the command" 0 --quiet validate web.yaml
exits "and be joined" 0 validate -qf web.yaml --node=a
exits "after -- everything is plain" 1 validate -- -q
"$svclbctl" validate -f - <web.yaml >out 2>err
rc=$?
holds "standard input" [ $rc = 0 ]
exits "standard input twice" 2 validate -f - -f -

# ---- Input that comes slowly ----
mkfifo fifo
exits "nobody writes into a pipe: the time limit ends it" 8 validate --timeout 300ms -f fifo
says "and says so" err "fifo: the time limit of 300 ms passed before the input ended"
cat web.yaml >fifo &
exits "a pipe with a name" 0 validate --timeout 30s -f fifo
wait $!
cat web.yaml >fifo &
exits "one for a dry run" 0 apply --dry-run=client "${node[@]}" -f fifo
wait $!
: >fifo &
exits "one that stays empty" 1 apply --dry-run=client -f fifo
wait $!
mkdir slow && mkfifo slow/a.yaml
exits "a pipe in a folder" 8 apply --state-dir "$PWD/untouched" --timeout 300ms slow
says "is awaited" err "slow/a.yaml: the time limit of 300 ms passed before the input ended"
holds "before the store is touched" [ ! -e untouched ]
cat web.yaml >slow/a.yaml &
exits "and read" 0 validate --timeout 30s slow
wait $!
cat web.yaml >slow/a.yaml &
exits "one that is named twice is read once" 0 validate --timeout 30s slow -f slow
wait $!
says "and counts as a file does" out "2 objects valid"
exits "a pipe without a name" 0 validate <(cat web.yaml)
exec 7<>fifo
"$svclbctl" validate --timeout 300ms -f - <&7 >out 2>err
rc=$?
exec 7<&-
holds "standard input that does not end" [ $rc = 8 ]
says "which is said" err "-: the time limit of 300 ms passed"
(sleep 0.5 && cat web.yaml) | "$svclbctl" validate -f - >out 2>err
holds "without a limit it may take its time" [ "${PIPESTATUS[1]}" = 0 ]

# ---- Input that takes its time ----
for ((i = 0; i < 20000; i++)); do
	printf -- '---\napiVersion: v1\nkind: Service\nmetadata: {name: s%d}\nspec: {ports: [{port: 80}]}\n' "$i"
done >many.yaml
for command in validate render "apply --dry-run=client"; do
	# shellcheck disable=SC2086 # words
	exits "$command: the time limit ends it" 8 $command --timeout 50ms many.yaml
	says "$command: and says so" err "the time limit of 50 ms passed"
done
exits "a folder" 0 validate folder
is "without hidden files and folders below" out "2 objects valid"
exits "a folder with those below" 0 validate -R -f folder
is "has theirs too" out "3 objects valid"
# A file, and a stream, of more than 256 MiB.
printf '[' >large.yaml
truncate -s 257M large.yaml
printf 'apiVersion: svclb.io/v1alpha1\nkind: SvclbConfiguration\nlimits: {bytes: %s}\n' 1000 >bytes.yaml
sed 's/1000/268435457/' bytes.yaml >more-bytes.yaml
sed 's/1000/269484032/' bytes.yaml >enough-bytes.yaml
exits "a large file" 4 validate -o json large.yaml
is "is more than the default lets be" err "error: large.yaml: the input has more bytes than the limit of 268435456
  hint: raise limits.bytes of the SvclbConfiguration"
says "with the hint in JSON" out '"hint": "raise limits.bytes of the SvclbConfiguration"'
exits "with a lower limit" 4 validate --config bytes.yaml large.yaml
says "that is named" err "error: large.yaml: the input has more bytes than the limit of 1000"
"$svclbctl" validate --config more-bytes.yaml -f - <large.yaml >out 2>err
rc=$?
holds "a large stream, with a higher limit" [ $rc = 4 ]
is "is more than that, too" err "error: -: the input has more bytes than the limit of 268435457
  hint: raise limits.bytes of the SvclbConfiguration"
exits "a large configuration" 4 validate --config large.yaml web.yaml
is "has no limit to raise" err "error: large.yaml: the input has more bytes than the limit of 268435456"
exits "as many bytes as the limit lets be" 4 validate --config enough-bytes.yaml large.yaml <(cat large.yaml)
says "are read" err "large.yaml:1:2: not JSON: "
says "from a stream, too" err "/dev/fd/"
is "and no more than that is said" err "$(grep ':1:2: not JSON: ' err)"
rm large.yaml
for text in '' '---\n' '# nothing\n---\n---\n' 'apiVersion: v1\nkind: List\n' \
	'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n'; do
	# shellcheck disable=SC2059 # escapes
	printf -- "$text" >none.yaml
	for command in validate "apply --dry-run=client"; do
		# shellcheck disable=SC2086 # words
		exits "no object: $command" 1 $command none.yaml
		says "is said" err "error: there are no objects in the input"
	done
done
cat web.yaml <(printf '\xef\xbb\xbf') <(echo ---) collision.yaml >joined.yaml
exits "a byte order mark between documents" 4 validate joined.yaml
is "is what is wrong" err "joined.yaml:$(($(wc -l <web.yaml) + 1)):1: a byte order mark is only allowed at the beginning
  hint: remove it"
mkdir -p links/27
for ((i = 0; i < 27; i++)); do
	mkdir -p "links/$i"
	ln -s ../$((i + 1)) "links/$i/a"
	ln -s ../$((i + 1)) "links/$i/b"
done
exits "folders that links multiply" 4 validate -R --timeout 10m links/0
says "are bounded" err ": more than 100000 folders, those that links lead to counted each time"
is "and that is said once" err "$(head -n 1 err)"
exits "in the time that there is" 8 validate -R --timeout 100ms links/0
says "which is said too" err ": the time limit of 100 ms passed before the files were found"
mkdir -p empty
exits "an empty folder" 1 validate empty
exits "a missing file" 1 validate missing.yaml
says "is named" err "error: missing.yaml: No such file or directory"

# ---- Problems and their places ----
exits "invalid input" 4 validate bad.yaml broken.yaml
says "has the place of the name" err "bad.yaml:4:9: Service default/Bad_Name: metadata.name: "
says "of the type" err "bad.yaml:6:9: Service default/Bad_Name: spec.type: "
says "of the port" err "bad.yaml:8:11: Service default/Bad_Name: spec.ports[0].port: "
says "of the next file" err "broken.yaml:2:1: "
is "and nothing is on standard output" out ""
exits "colours where wanted" 1 validate --color always missing.yaml
says "are there" err $'\033['
exits "invalid input as JSON" 4 validate -o json bad.yaml
says "is a result" out '"ok": false'
says "with the field" out '"field": "spec.ports[0].port"'
exits "two Services at one address" 4 validate web.yaml collision.yaml
exits "apply refuses it before anything else" 4 apply --dry-run=client bad.yaml

# ---- Rendering ----
exits "render" 0 render web.yaml "${node[@]}"
says "is JSON" out '"10.96.0.10"'
exits "render for ipvsadm" 0 render -f web.yaml -o ipvsadm "${node[@]}"
is "is exact" out "-A -t 10.96.0.10:80 -s rr
-a -t 10.96.0.10:80 -r 10.244.1.2:8080 -m -w 1
-a -t 10.96.0.10:80 -r 10.244.1.3:8080 -m -w 1"
exits "no policy for draining" 2 render -f web.yaml --drain never "${node[@]}"
says "is named" err "--drain: invalid value 'never'"
exits "a wait without a duration" 1 apply --dry-run=client --wait -f nothing.yaml
exits "a wait with one" 1 apply --dry-run=client --wait=5s -f nothing.yaml
exits "a wait with none" 2 apply --wait=soon -f web.yaml
says "is named too" err "--wait: 'soon' is no duration"
exits "a wait where nothing is applied" 2 plan --wait
exits "another scheduler" 0 render -f web.yaml -o ipvsadm --scheduler wlc "${node[@]}"
says "is used" out "-A -t 10.96.0.10:80 -s wlc"
sed '0,/^metadata:/s|^metadata:|&\n  annotations: {service.kubernetes.io/ipvs-scheduler: lc}|' web.yaml >lc.yaml
missing="Service default/web: metadata.annotations[service.kubernetes.io/ipvs-scheduler]: its scheduler is without effect in mode iptables"
for command in "validate" "render" "apply --dry-run=client"; do
	# shellcheck disable=SC2086  # a command and its options
	exits "$command in mode iptables" 0 $command -f lc.yaml --mode iptables "${node[@]}"
	holds "$command warns once of what the mode lacks" [ "$(grep -cF "$missing" err)" = 1 ]
	# shellcheck disable=SC2086
	exits "$command in mode ipvs" 0 $command -f lc.yaml --mode ipvs "${node[@]}"
	lacks "$command does not warn of it there" err "$missing"
done
exits "render addresses" 0 render -f web.yaml -o addresses "${node[@]}"
is "one a line" out "10.96.0.10/32"
for format in ipset iptables ip6tables sysctls; do
	exits "render $format" 0 render -f web.yaml -o "$format" "${node[@]}"
	holds "is not empty" [ -s out ]
done
exits "render without input and store" 0 render -o ipvsadm "${node[@]}"
is "has nothing" out ""
cat >config.yaml <<'END'
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
ipvs:
  scheduler: lc
END
exits "a configuration file" 0 render --config config.yaml web.yaml -o ipvsadm "${node[@]}"
says "is used" out "-s lc"
exits "and overridden by a flag" 0 render --config config.yaml --scheduler sh web.yaml -o ipvsadm "${node[@]}"
says "which wins" out "-s sh"
exits "a configuration that is none" 4 render --config broken.yaml web.yaml "${node[@]}"

# ---- Applying, in rehearsal ----
exits "apply --dry-run=client" 0 apply web.yaml --dry-run=client
is "names the objects" out "service/web created (dry run)
endpointslice/web-1 created (dry run)"
exits "as JSON" 0 apply -f web.yaml --dry-run client -o json
says "says so" out '"dryRun": "client"'
exits "in another namespace" 0 apply web.yaml --dry-run=client -n kube-system
says "the namespace is shown" out "service/default/web created"
exits "an unknown rehearsal" 2 apply web.yaml --dry-run=server
sed 's/name: web$/name: Web/' web.yaml >half.yaml
exits "invalid objects are left aside" 6 apply --dry-run=client --quarantine half.yaml other.yaml
is "the others are applied" out "service/other created (dry run)
endpointslice/web-1 created (dry run)"
says "and it is said" err "Service default/Web is left aside"
{
	sed 's/port: 80$/port: "80"/' web.yaml
	echo ---
	sed 's/port: 80$/port: [80/; s/name: web$/name: open/' <(service web)
	echo ---
	cat other.yaml
} >worse.yaml
exits "what does not decode too" 6 apply --dry-run=client --quarantine worse.yaml
is "document by document" out "service/other created (dry run)
endpointslice/web-1 created (dry run)"
says "with its reason" err 'worse.yaml:11:11: Service default/web: spec.ports[0].port: must be a whole number'
says "what cannot be read is named, as far as it was read" err "Service default/open is left aside"
exits "the same as JSON" 6 apply --dry-run=client --quarantine worse.yaml -o json
says "lists them" out '"name": "web",
      "reason": "spec.ports[0].port: must be a whole number'
exits "without the flag all is refused" 4 apply --dry-run=client worse.yaml
{
	service low
	echo ---
	echo 'apiVersion: v1'
	echo 'kind: Pod'
	echo 'metadata: {name: low, labels: {app: low}, annotations: {svclb.io/lower-threshold: "5"}}'
	echo 'status: {podIP: 10.244.1.9}'
} >low.yaml
exits "a threshold that does not fit" 6 apply --dry-run=client --quarantine low.yaml
is "the Service stays" out "service/low created (dry run)"
says "the Pod that says it goes" err "Pod default/low is left aside"
{
	service dup 10.96.0.31
	echo ---
	service dup 10.96.0.32
} >dup.yaml
exits "an object that appears twice" 6 apply --dry-run=client --quarantine dup.yaml
is "is applied once" out "service/dup created (dry run)"
says "the other one is left aside" err "Service default/dup is left aside"
lacks "nothing was applied before" err "stays"
{
	printf 'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, metadata: {name: what}}\n'
	printf -- '- {apiVersion: v1, kind: Service, metadata: {name: sure}, spec: {ports: [{port: 80}]}}\n'
} >parts.yaml
exits "an object of a list that has no kind" 6 apply --dry-run=client --quarantine parts.yaml
is "the others of the list are applied" out "service/sure created (dry run)"
says "no more than that one is set aside" err "warning: document 1: what cannot be named is left aside"
# What moves a terminal's cursor or turns its direction of writing stays in the file.
printf 'apiVersion: v1\nkind: Service\nmetadata: {name: "x\\u009b31m\\u202ey"}\nspec: {ports: [{port: 80}]}\n' >moving.yaml
exits "a name that would move the cursor" 6 apply --dry-run=client --quarantine moving.yaml
says "is shown without that" err "warning: Service default/x??31m???y is left aside"
lacks "not as it is" err $'\u009b'
exits "the same as JSON" 6 apply --dry-run=client --quarantine moving.yaml -o json
says "is escaped" out '"name": "x\u009b31m\u202ey"'
exits "a file that is not there, whose name is no UTF-8" 1 validate -o json $'gone\xe1\x9c.yaml'
says "is text in JSON all the same" out 'gone\ufffd\ufffd.yaml: '
# 20,000 that are no objects, and 20,000 objects of one name: as many reasons are kept as help
{
	printf '{"kind": "List", "items": ['
	printf '7,%.0s' {1..20000}
	printf '7]}'
} >sevens.json
exits "many parts that are no objects" 6 apply --dry-run=client --quarantine -o json sevens.json web.yaml
holds "nine reasons are given" [ "$(grep -o 'must be an object' out | wc -l)" = 9 ]
says "and the number of the others" out "; 19992 more problems of parts without a name"
for _ in {1..20000}; do
	printf -- '---\nkind: Service\napiVersion: v1\nmetadata: {name: n}\nspec: 7\n'
done >same.yaml
exits "many objects of one name" 6 apply --dry-run=client --quarantine -o json same.yaml web.yaml
says "have one entry" out "; and 19990 more"
holds "as many problems are printed as the limit says" [ "$(grep -c 'must be a mapping' err)" = 1000 ]
says "and the number of the others" err "warning: 19000 more problems are not shown"
cat >few.yaml <<'END'
apiVersion: svclb.io/v1alpha1
kind: SvclbConfiguration
limits: {problems: 2}
END
exits "the limit can be set" 6 apply --dry-run=client --quarantine --config few.yaml same.yaml half.yaml worse.yaml
holds "and holds for all inputs" [ "$(grep -c 'must be' err)" = 2 ]
says "and for what is left aside" err "more are left aside"
# Warnings beyond the limit are counted, and so are problems.
echo 'limits: {problems: 1}' | cat <(head -n 2 few.yaml) - >one.yaml
printf 'apiVersion: v1\nkind: Service\nmetadata: {name: m}\nspec: {aa: 1, bb: 1, cc: 1, ports: [{port: 80}]}\n' >many.yaml
for how in render validate "apply --dry-run=client"; do
	read -ra words <<<"$how"
	exits "one warning is shown: $how" 0 "${words[@]}" --config one.yaml -f many.yaml
	holds "as the limit says: $how" [ "$(grep -c 'unknown field' err)" = 1 ]
	says "and how many more there are: $how" err "warning: 2 more warnings are not shown"
done
sed 's/ports: .*/ports: [{port: 0}, {port: 0}]}/' many.yaml >faults.yaml
exits "one problem is shown" 4 render --config one.yaml -f faults.yaml
says "and how many more there are" err "more problems are not shown"
# Options of node ports that change nothing, and a name of the node that nothing has.
idle=(--node-address 192.0.2.1 --nodeport-addresses "192.0.2.0/24,198.51.100.0/24" --mode ipvs --localhost-nodeports)
printf 'apiVersion: v1\nkind: Service\nmetadata: {name: n}\nspec: {type: NodePort, ports: [{port: 80}]}\n' >idle.yaml
exits "options without effect" 0 render "${idle[@]}" -f idle.yaml
says "a network that no address is in" err "no address of this node is in 198.51.100.0/24"
lacks "not the one that has one" err "is in 192.0.2.0/24"
says "127.0.0.1 in mode ipvs" err "the option localhostNodePorts is without effect in mode ipvs"
exits "without node ports" 0 render "${idle[@]}" -f many.yaml
lacks "nothing is said" err "node"
printf -- '---\napiVersion: v1\nkind: Node\nmetadata: {name: other}\n' >>idle.yaml
exits "the Node of another name" 0 validate --node this -f idle.yaml
says "is named" err "Node other: has no effect: the name of this node is \"this\""
# Eleven Pods where the limit has room for ten endpoints: nobody's fault.
echo 'limits: {nodes: 100}' | cat <(head -n 2 few.yaml) - >nodes.yaml
{
	service app
	for i in {1..11}; do
		printf -- '---\napiVersion: v1\nkind: Pod\nmetadata: {name: p%d, labels: {app: app}}\n' "$i"
		printf 'status: {podIP: 10.244.1.%d}\n' "$i"
	done
} >pods.yaml
for how in "" --quarantine; do
	exits "a limit over all objects $how" 4 apply --dry-run=client $how --config nodes.yaml pods.yaml
	says "names what met it $how" err "pods.yaml:8:13: Service default/app: spec.selector: too many"
done
# A node port is served at each address of the node; the Service beside it needs one virtual server.
node_port() {
	printf -- '---\napiVersion: v1\nkind: Service\nmetadata: {name: %s}\n' "$1"
	printf 'spec: {type: NodePort, ports: [{port: 80}]}\n'
}
node_port big >big.yaml
service app >app.yaml
three=()
for i in 1 2 3; do three+=(--node-address "192.0.2.$i"); done
for limit in 3 4; do
	echo "limits: {servers: $limit}" | cat <(head -n 2 few.yaml) - >servers-$limit.yaml
done
exits "a Service as large as the limit of servers" 0 apply --dry-run=client "${three[@]}" --config servers-4.yaml big.yaml
exits "and one that is larger" 4 apply --dry-run=client "${three[@]}" --config servers-3.yaml big.yaml
is "which is said with its place, the sum, the limit and what to do" err \
	"big.yaml:5:31: Service default/big: spec.ports: too many: with all addresses of this node, 4 virtual and real servers, more than the limit of 3
  hint: raise limits.servers of the SvclbConfiguration, in C SVCLB_LIMIT_SERVERS"
exits "it is left aside" 6 apply --dry-run=client --quarantine "${three[@]}" --config servers-3.yaml big.yaml app.yaml
says "by name" err "warning: Service default/big is left aside"
is "alone" out "service/app created (dry run)"
{ node_port one && node_port two; } >sum.yaml
for how in "" --quarantine; do
	exits "two that are too much together $how" 4 apply --dry-run=client $how "${three[@]}" \
		--config <(sed 's/4/7/' servers-4.yaml) sum.yaml
	says "name the second $how" err "Service default/two: spec.ports: too many: with all addresses of this node and those of the objects before it, 8 virtual"
done
exits "an input that cannot be read at all is refused" 4 apply --dry-run=client --quarantine broken.yaml
says "and said" err "nothing of the input could be read"
holds "nothing was written" [ ! -e state ]

# ---- The store ----
exits "get of nothing" 0 get services
is "prints nothing" out ""
exits "get of a missing object" 1 get service web
says "names it" err "error: Service default/web: not found"
exits "a missing object may be ignored" 0 get service web --ignore-not-found
exits "get as JSON" 0 get svc -o json
says "is an empty list" out '"items": []'
exits "describe of a missing object" 1 describe service web
exits "delete without a name" 2 delete service
exits "delete of a missing object" 1 delete --dry-run=client service web
exits "delete of a virtual server" 2 delete --dry-run=client vs 10.96.0.10:80
mkdir -p damaged && echo "this is no database" >damaged/svclb.db
exits "a damaged store" 1 get svc --state-dir damaged
if command -v sqlite3 >/dev/null; then
	mkdir -p old && sqlite3 old/svclb.db "
		CREATE TABLE objects(kind INTEGER NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
			json TEXT NOT NULL, PRIMARY KEY(kind, namespace, name)) WITHOUT ROWID;
		CREATE TABLE settings(position INTEGER PRIMARY KEY, name TEXT NOT NULL, value TEXT NOT NULL);
		INSERT INTO objects VALUES(5, '', 'n1',
			'{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"n1\"}}');
		PRAGMA user_version=1"
	exits "a store of an older format is read" 0 get nodes --state-dir old
	says "as it is" out "n1"
	# Who removes what the input lacks has to know what is in it: a, b and c are applied, b is in each input.
	mkdir -p abc && cp old/svclb.db abc && for name in a b c; do
		sqlite3 abc/svclb.db "INSERT INTO objects VALUES(1, 'default', '$name',
			'{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"$name\"},
			\"spec\":{\"ports\":[{\"port\":80}]}}')"
	done
	one() { # NAME
		printf 'apiVersion: v1\nkind: Service\nmetadata: {name: %s}\nspec: {ports: [{port: 80}]}\n' "$1"
	}
	{ one a && one b && echo --- && one c; } >forgotten.yaml
	{ one a && echo ' ---' && one b && echo --- && one c; } >indented.yaml
	{ one a && printf 'x: [\n...\n' && one b && printf '...\n' && one c; } >dots.yaml
	{ one 'a, name: b' && echo --- && one c; } >names.yaml
	{ one 'b, namespace: x, namespace: default' && echo --- && one c; } >spaces.yaml
	{ echo 'kind: Pod' && one b && echo --- && one c; } >kinds.yaml
	{ echo 'kind: Secret' && one b && echo --- && one c; } >unused.yaml
	printf '{"kind": "List", "items": [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "name": "b"}},
		{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "c"}, "spec": {"ports": [{"port": 80}]}}]}' >names.json
	for f in forgotten.yaml indented.yaml dots.yaml names.yaml spaces.yaml kinds.yaml unused.yaml names.json; do
		exits "$f with --prune" 6 apply --state-dir abc --dry-run=client --quarantine --prune "$f"
		lacks "nothing goes: $f" out deleted
		says "and that is said: $f" err "nothing is pruned: a part of the input could not be told"
	done
	exits "with what is in the way named" 6 apply --state-dir abc --dry-run=client --quarantine --prune forgotten.yaml
	says "by its first name" err "Service default/a is left aside, what was applied of it stays"
	{ one 'b, labels: 7' && echo --- && one c; } >sure.yaml
	exits "a fault of one that is certain" 6 apply --state-dir abc --dry-run=client --quarantine --prune sure.yaml
	says "lets the others go" out "service/a deleted (dry run)"
	lacks "but not itself" out service/b
fi
exits "a network namespace that is not there" 1 status --netns none-such

# ---- Completion ----
for shell in bash zsh fish; do
	exits "completion $shell" 0 completion $shell
	says "knows the commands" out "validate"
	cp out completion.$shell
done
holds "the script for bash is valid" bash -n completion.bash
complete_words() {
	# shellcheck source=/dev/null
	(. ./completion.bash && COMP_WORDS=("$@") && COMP_CWORD=$(($# - 1)) && _svclbctl &&
		printf '%s\n' "${COMPREPLY[@]}") >out 2>err
}
complete_words svclbctl ap
is "bash completes a command" out "apply"
complete_words svclbctl apply --qua
is "and a flag" out "--quarantine"
complete_words svclbctl render -o ipt
is "and a format" out "iptables"
exits "completion of an unknown shell" 2 completion tcsh

printf '1..%d\n' "$checks"
[ $failed = 0 ]
