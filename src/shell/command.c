/* SPDX-License-Identifier: MIT */
/* What commands call: texts for errors, complaints, arguments. See shell.h. */
#include "abi/lodger.h"
#include "lib/format.h"
#include "lib/string.h"
#include "shell/shell.h"
#include "task/tty.h"

bool shell_interrupted(void)
{
	return tty_interrupted();
}

const char *shell_errno_text(int err)
{
	static const struct {
		int err;
		const char *text;
	} texts[] = {
		{ EPERM, "not allowed" },
		{ ENOENT, "not found" },
		{ ESRCH, "no such process" },
		{ EINTR, "interrupted" },
		{ EIO, "input/output error" },
		{ E2BIG, "too long" },
		{ ENOEXEC, "not a program for this machine" },
		{ EAGAIN, "try again" },
		{ ENOMEM, "out of memory" },
		{ EBUSY, "in use" },
		{ ENODEV, "no such device" },
		{ EINVAL, "invalid argument" },
		{ EMFILE, "too many" },
		{ ENOSPC, "no room" },
		{ ERANGE, "out of range" },
		{ ENOSYS, "not in this kernel" },
		{ ETIMEDOUT, "timed out" },
		{ EILSEQ, "malformed data" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (texts[i].err == err || texts[i].err == -err)
			return texts[i].text;
	return "error";
}

const char *shell_status_text(s64 status, char *text, size_t size)
{
	if (status < STATUS_KILLED)
		fmt_snprintf(text, size, "exit %lld", (long long)status);
	else if (status < STATUS_FAULT)
		str_copy(text, "killed", size);
	else
		fmt_snprintf(text, size, "fault 0x%llx", (long long)(status - STATUS_FAULT));
	return text;
}

/* Errors go to the terminal, past any grep, or into the picture that is refreshed
 * in place there; on a line of their own. */
static struct out error_out(struct shell *sh)
{
	struct out o = { .sink = sh->errors,
			 .colour = !sh->script && !sh->edit.dumb };

	if (sh->errors == &sh->tty ? tty_column() : sh->screen.col)
		out_puts(&o, "\n");
	return o;
}

void shell_say(struct shell *sh, const char *name, const char *message)
{
	struct out o = error_out(sh);

	out_style(&o, STYLE_WARN);
	out_text(&o, name[0] ? name : "''");
	out_style(&o, STYLE_PLAIN);
	out_puts(&o, ": ");
	out_text(&o, message);
	out_puts(&o, "\n");
	sh->said = true;
}

int shell_fail(struct shell *sh, int err, const char *fmt, ...)
{
	char message[160];
	va_list ap;

	va_start(ap, fmt);
	fmt_vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	shell_say(sh, sh->running, message);
	return err;
}

int shell_usage(struct shell *sh)
{
	struct out o = error_out(sh);

	help_usage(&o, sh->group, sh->command);
	out_printf(&o, "%s -h says more.\n", sh->running);
	sh->said = true;
	return -EINVAL;
}

int shell_number(struct shell *sh, const char *word, const char *what, u64 *out)
{
	int err = str_to_u64(word, out);

	return err ? shell_fail(sh, err, "%s is a number, not '%s'", what,
				word) : 0;
}

int shell_seconds(struct shell *sh, const char *word, u64 *ns)
{
	char whole[16] = "0";
	const char *dot = strchr(word, '.');
	u64 unit = NSEC_PER_SEC, seconds, part = 0;
	size_t n = dot ? (size_t)(dot - word) : strlen(word);

	if (n > 0 && n < sizeof(whole)) {
		memcpy(whole, word, n);
		whole[n] = 0;
	}
	if (n >= sizeof(whole) || (n == 0 && (!dot || !dot[1])) ||
	    whole[1] == 'x' || str_to_u64(whole, &seconds) ||
	    seconds > 1000000)
		goto bad;
	for (const char *p = dot ? dot + 1 : ""; *p; p++) {
		if (*p < '0' || *p > '9')
			goto bad;
		unit /= 10;
		part += unit * (u64)(*p - '0');
	}
	*ns = seconds * NSEC_PER_SEC + part;
	return 0;
bad:
	return shell_fail(sh, -EINVAL, "seconds are like 2 or 0.5, not '%s'",
			  word);
}

int shell_option(struct shell *sh, struct options *opt, const char *letters)
{
	const char *word = opt->next < opt->argc ? opt->argv[opt->next] : "";
	const char *letter;

	if (word[0] != '-' || !word[1])
		return 0;
	opt->next++;
	if (strcmp(word, "--") == 0)
		return 0;
	letter = word[1] == ':' ? NULL : strchr(letters, word[1]);
	if (!letter || (letter[1] != ':' && word[2])) {
		shell_fail(sh, -EINVAL, "unknown option %s", word);
		return shell_usage(sh);
	}
	if (letter[1] == ':') {
		opt->value = word[2] ? word + 2 : opt->argv[opt->next++];
		if (opt->next > opt->argc) {
			shell_fail(sh, -EINVAL, "%s needs a value", word);
			return shell_usage(sh);
		}
	}
	return (u8)*letter;
}
