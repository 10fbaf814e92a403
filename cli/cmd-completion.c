/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* svclbctl completion: scripts for bash, zsh and fish from the tables of commands and flags. */
#include "commands.h"
#include "flags.h"
#include "kinds.h"

/* Words that may follow a flag, or NULL. */
static char *flag_words(const struct flag *f)
{
	char *words;

	if (!f->arg || !strchr(f->arg, '|') || strpbrk(f->arg, "-[,") ||
	    !strcmp(f->arg, "NAME|PATH"))
		return NULL;
	words = xstrdup(f->arg);
	for (char *p = words; *p; p++)
		if (*p == '|')
			*p = ' ';
	return words;
}

static void command_words(struct text *t)
{
	for (size_t i = 0; command_at(i); i++)
		text_addf(t, "%s%s", i ? " " : "", command_at(i)->name);
}

static void kind_words(struct text *t)
{
	for (size_t i = 0; kind_at(i); i++)
		text_addf(t, "%s ", kind_at(i)->plural);
	text_add(t, "all");
}

static void flags_of(const struct command *cmd, struct text *t)
{
	struct flag f;

	for (size_t i = 0; flag_at(i, &f); i++) {
		if (!(f.commands & cmd->bit))
			continue;
		text_addf(t, "%s--%s", t->len ? " " : "", f.name);
		if (f.letter)
			text_addf(t, " -%c", f.letter);
	}
}

static void output_words(const struct command *cmd, struct text *t)
{
	for (const char *p = cmd->outputs; *p; p++)
		text_addn(t, *p == '|' ? " " : p, 1);
}

static void bash_cases(void)
{
	for (size_t i = 0; command_at(i); i++) {
		autotext struct text flags = {0};
		autotext struct text outputs = {0};

		flags_of(command_at(i), &flags);
		output_words(command_at(i), &outputs);
		printf("\t%s)\n\t\tflags='%s'\n\t\toutputs='%s'\n\t\t;;\n", command_at(i)->name,
		       text_get(&flags), text_get(&outputs));
	}
}

static void bash_values(void)
{
	struct flag f;

	for (size_t i = 0; flag_at(i, &f); i++) {
		autofree char *words = flag_words(&f);

		if (words)
			printf("\t--%s)\n\t\tCOMPREPLY=($(compgen -W '%s' -- \"$cur\"))\n\t\treturn\n"
			       "\t\t;;\n",
			       f.name, words);
	}
}

static void print_bash(void)
{
	autotext struct text commands = {0};
	autotext struct text kinds = {0};

	command_words(&commands);
	kind_words(&kinds);
	printf("# bash completion for svclbctl\n"
	       "_svclbctl() {\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	       "\tlocal i cmd='' flags='' outputs=''\n\n"
	       "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	       "\t\tcase \" %s \" in\n"
	       "\t\t*\" ${COMP_WORDS[i]} \"*)\n\t\t\tcmd=${COMP_WORDS[i]}\n\t\t\tbreak\n\t\t\t;;\n"
	       "\t\tesac\n"
	       "\tdone\n"
	       "\tif [ -z \"$cmd\" ]; then\n"
	       "\t\tCOMPREPLY=($(compgen -W '%s' -- \"$cur\"))\n"
	       "\t\treturn\n"
	       "\tfi\n"
	       "\tcase $cmd in\n",
	       text_get(&commands), text_get(&commands));
	bash_cases();
	printf("\tesac\n\tcase $prev in\n"
	       "\t-o | --output)\n\t\tCOMPREPLY=($(compgen -W \"$outputs\" -- \"$cur\"))\n"
	       "\t\treturn\n\t\t;;\n");
	bash_values();
	printf("\tget | delete | describe)\n\t\tCOMPREPLY=($(compgen -W '%s' -- \"$cur\"))\n"
	       "\t\treturn\n\t\t;;\n"
	       "\thelp)\n\t\tCOMPREPLY=($(compgen -W '%s' -- \"$cur\"))\n\t\treturn\n\t\t;;\n"
	       "\tcompletion)\n\t\tCOMPREPLY=($(compgen -W 'bash zsh fish' -- \"$cur\"))\n"
	       "\t\treturn\n\t\t;;\n"
	       "\tesac\n"
	       "\tcase $cur in\n"
	       "\t-*) COMPREPLY=($(compgen -W \"$flags\" -- \"$cur\")) ;;\n"
	       "\t*) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
	       "\tesac\n"
	       "}\n"
	       "complete -o filenames -F _svclbctl svclbctl\n",
	       text_get(&kinds), text_get(&commands));
}

/* Text inside single quotes of zsh and fish; our tables hold no other quotes. */
static void print_quoted(const char *s)
{
	putchar('\'');
	for (; *s; s++) {
		if (*s == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*s);
	}
	putchar('\'');
}

/* Brackets and colons have a meaning in zsh's descriptions. */
static char *zsh_text(const char *s)
{
	char *copy = xstrdup(s);

	for (char *p = copy; *p; p++)
		if (strchr("[]:", *p))
			*p = ' ';
	return copy;
}

static void zsh_flags(const struct command *cmd)
{
	struct flag f;

	for (size_t i = 0; flag_at(i, &f); i++) {
		autofree char *help = zsh_text(f.help);
		autofree char *words = flag_words(&f);
		autofree char *value = !flag_needs_value(&f) ? xstrdup("")
				       : words		     ? xasprintf(":value:(%s)", words)
							     : xstrdup(":value:_files");
		autofree char *spec = xasprintf("*--%s%s[%s]%s", f.name,
						flag_needs_value(&f) ? "=" : "", help, value);

		if (!(f.commands & cmd->bit))
			continue;
		fputs(" \\\n\t\t\t", stdout);
		print_quoted(spec);
	}
}

static void print_zsh(void)
{
	fputs("#compdef svclbctl\n_svclbctl() {\n\tlocal -a commands\n\tcommands=(\n", stdout);
	for (size_t i = 0; command_at(i); i++) {
		autofree char *spec =
			xasprintf("%s:%s", command_at(i)->name, command_at(i)->summary);

		fputs("\t\t", stdout);
		print_quoted(spec);
		putchar('\n');
	}
	fputs("\t)\n\tif ((CURRENT == 2)); then\n\t\t_describe command commands\n\t\treturn\n\tfi\n"
	      "\tcase $words[2] in\n",
	      stdout);
	for (size_t i = 0; command_at(i); i++) {
		printf("\t%s)\n\t\t_arguments", command_at(i)->name);
		zsh_flags(command_at(i));
		fputs(" \\\n\t\t\t'*:argument:_files'\n\t\t;;\n", stdout);
	}
	fputs("\tesac\n}\n_svclbctl \"$@\"\n", stdout);
}

static void fish_flags(const struct command *cmd)
{
	struct flag f;

	for (size_t i = 0; flag_at(i, &f); i++) {
		autofree char *words = flag_words(&f);

		if (!(f.commands & cmd->bit))
			continue;
		printf("complete -c svclbctl -n '__fish_seen_subcommand_from %s' -l %s", cmd->name,
		       f.name);
		if (f.letter)
			printf(" -s %c", f.letter);
		if (flag_needs_value(&f))
			fputs(" -r", stdout);
		if (words)
			printf(" -f -a '%s'", words);
		fputs(" -d ", stdout);
		print_quoted(f.help);
		putchar('\n');
	}
}

static void print_fish(void)
{
	fputs("# fish completion for svclbctl\n", stdout);
	for (size_t i = 0; command_at(i); i++) {
		printf("complete -c svclbctl -f -n __fish_use_subcommand -a %s -d ",
		       command_at(i)->name);
		print_quoted(command_at(i)->summary);
		putchar('\n');
	}
	for (size_t i = 0; command_at(i); i++)
		fish_flags(command_at(i));
}

int cmd_completion(struct cli *c)
{
	const char *shell = c->args.n ? c->args.v[0] : "";

	if (!strcmp(shell, "bash"))
		print_bash();
	else if (!strcmp(shell, "zsh"))
		print_zsh();
	else if (!strcmp(shell, "fish"))
		print_fish();
	else
		return fail_usage(c, "completion: name a shell: bash, zsh or fish");
	return EXIT_DONE;
}
