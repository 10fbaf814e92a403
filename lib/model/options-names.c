/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names in the kernel that follow from options, for programs that have to know what was theirs. */
#include "model/options.h"

const char *svclb_options_get_prefix(const struct svclb_options *opts)
{
	return (opts ? opts : options_defaults())->prefix;
}

const char *svclb_options_get_link_name(const struct svclb_options *opts)
{
	return (opts ? opts : options_defaults())->link_name;
}
