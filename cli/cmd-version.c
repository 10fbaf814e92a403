/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* svclbctl version: of the program and of the library it runs with. */
#include "commands.h"
#include "doc.h"

int cmd_version(struct cli *c)
{
	struct doc d;

	if (c->output != OUT_JSON) {
		printf("svclbctl %s\nlibsvclb %s\n", SVCLB_VERSION, svclb_version());
		return EXIT_DONE;
	}
	doc_begin(&d, DOC_JSON);
	doc_object(&d, NULL);
	doc_header(&d, "Version");
	doc_str(&d, "svclbctl", SVCLB_VERSION);
	doc_str(&d, "libsvclb", svclb_version());
	doc_end(&d);
	doc_print(&d);
	return EXIT_DONE;
}
