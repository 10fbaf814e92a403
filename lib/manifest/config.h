/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Configuration documents: their fields, and how these become options. */
#ifndef SVCLB_MANIFEST_CONFIG_H
#define SVCLB_MANIFEST_CONFIG_H

#include "manifest/decode.h"

/* What is taken from a KubeProxyConfiguration. */
struct proxy_config {
	struct ftext mode;
	struct ftext node_name;
	struct ftext cluster_cidrs;
	struct ftext_list node_port_addresses;
	struct ftext bind_address;
	struct ftext detect_local;
	struct ftext bridge;
	struct ftext interface_prefix;
	struct fbool masquerade_all;
	struct fbool localhost_node_ports;
	struct fint masquerade_bit;
	struct ftext scheduler;
	struct fbool strict_arp;
	struct ftext_list exclude_cidrs;
	struct ftext tcp_timeout;
	struct ftext tcp_fin_timeout;
	struct ftext udp_timeout;
};

/* What is taken from a SvclbConfiguration. */
struct own_config {
	struct ftext mode;
	struct ftext node_name;
	struct ftext_list node_addresses;
	struct ftext zone;
	struct ftext scheduler;
	struct ftext_list service_cidrs;
	struct ftext node_port_range;
	struct ftext prefix;
	struct ftext link_name;
	struct fbool physdev;
	struct fbool random_fully;
	struct ftext_list ip_families;
	struct ftext timeout;
	struct ftext lock_wait;
	struct ftext drain;
	struct ftext lock_file;
	struct ftext lock_dir;
	struct fint limits[SVCLB_LIMIT_MAX_];
};

enum setting_type {
	SET_TEXT,    /* text() */
	SET_EACH,    /* text() for each element of a list */
	SET_CIDRS,   /* text() with the list's networks, separated by commas */
	SET_FLAG,    /* flag() */
	SET_NUMBER,  /* number() */
	SET_SECONDS, /* number() of a duration */
	SET_MILLIS,  /* number() of a duration */
};

/* One field and the option that it sets. */
struct setting {
	const char *field; /* its path */
	uint8_t type;
	uint16_t place;
	int (*text)(struct svclb_options *opts, const char *v);
	int (*flag)(struct svclb_options *opts, int v);
	int (*number)(struct svclb_options *opts, uint32_t v);
	const char *must; /* "must be ...", for values that the option refuses */
};

struct config_kind {
	const char *name;
	const char *api_version;
	const struct fields *fields; /* size is that of the struct above */
	const struct setting *settings;
	size_t n_settings;
	/* What takes more than one field, or NULL. */
	void (*rest)(struct decoder *d, struct svclb_options *opts, const void *config);
};

extern const struct config_kind config_kinds[2];

/* A duration as Go writes it ("15m", "1h30m", "1.5s", "0"), in milliseconds; false: it is none,
 * is negative or too long. */
bool duration_parse(const char *s, uint64_t *ret_ms);

#endif
