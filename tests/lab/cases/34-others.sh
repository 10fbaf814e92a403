#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Applies by chance, whole, rolled back or killed, next to a second owner and to sets, chains, rules, virtual servers,
# addresses and links of others that change by chance in between: none of that is touched. SVCLB_SEED tries another.
# shellcheck source=tests/lab/lib.sh
. "$LAB_LIB"

lab_node || { fail "a node comes up"; lab_end; }
if in_ns node churn foreign 28 "${SVCLB_SEED:-$SRANDOM}" >churn.out 2>&1; then
	lab_show <churn.out
	ok "nothing of others changes, whatever is applied"
else
	lab_show <churn.out
	fail "nothing of others changes, whatever is applied" "it does; SVCLB_SEED above shows it again"
fi
lab_end
