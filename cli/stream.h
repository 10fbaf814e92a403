/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Input that may come slowly: pipes and the like, read before anything is locked. */
#ifndef SVCLBCTL_STREAM_H
#define SVCLBCTL_STREAM_H

#include "cli.h"

/* Reads what of the input is no file, each once; after input_find(). Exit code. */
int streams_read(struct cli *c);
/* Appends what was read from it to *buf, each time one that is named twice is needed, and the rest of
 * one that is longer than usual, if the options let it be; false: it was not read. *rc: exit code. */
bool streams_take(struct cli *c, const char *path, struct text *buf, int *rc);
void streams_free(struct cli *c);

/* Appends all that comes to *buf, within the time of --timeout and the limit of bytes, what is there
 * already counted. Exit code. */
int stream_read_fd(struct cli *c, int fd, const char *name, struct text *buf);
/* Opens without waiting for anybody to write. Exit code. */
int stream_open(struct cli *c, const char *path, int *ret);

#endif
