/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Node-wide settings: from flags, a configuration file and the store to struct svclb_options. */
#ifndef SVCLBCTL_CONFIG_H
#define SVCLBCTL_CONFIG_H

#include "cli.h"

/* One flag that sets something for the whole node. */
struct setting_spec {
	const char *name; /* of the flag, without "--" */
	const char *arg;  /* NULL: a truth value */
	bool repeatable;
	int (*set)(struct svclb_options *opts, const char *value);
	const char *help;
};

extern const struct setting_spec setting_specs[];
const struct setting_spec *setting_find(const char *name);

/* Names of settings that are no flags: the text of the configuration file, its name, and the mode
 * of the last apply. */
#define SETTING_CONFIG	    "config"
#define SETTING_CONFIG_NAME "config-name"
#define SETTING_APPLIED	    "applied-mode"

void settings_add(struct settings *s, const char *name, const char *value);
const char *settings_get(const struct settings *s, const char *name); /* last one, or NULL */
void settings_drop(struct settings *s, const char *name);
void settings_clear(struct settings *s);

/* What is in force: kept settings (may be NULL) unless --config is given, then the file, then the
 * flags; a flag given replaces all kept values of its name, an empty value removes them. */
int config_settings(struct cli *c, const struct settings *kept, struct settings *ret);

/* Options from settings and the flags that are never kept. Warnings are printed. */
int config_options(struct cli *c, const struct settings *s, struct svclb_options **ret);

/* The same for settings that were in force before; says nothing of warnings. */
int config_options_kept(struct cli *c, const struct settings *s, struct svclb_options **ret);

const char *mode_name(uint32_t mode);

#endif
