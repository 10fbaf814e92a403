/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Version, and release of returned texts. */
#include <svclb/version.h>

#include <stdlib.h>

const char *svclb_version(void)
{
	return SVCLB_VERSION;
}

void svclb_text_free(char *text)
{
	free(text);
}
