/* SPDX-License-Identifier: ISC */
/*
 * `make bench` decides:
 *
 *	a pipe to the socket         spliced, once 64 KiB came at once
 *	a file to the socket         its pages, if asked for
 *	anything else to the socket  read and sent, 256 KiB at a time
 *	the socket to a pipe         spliced
 *	the socket to /dev/null      dropped in the kernel, in batches
 *	the socket to anything else  received and written, 256 KiB at a time
 *	to and from TLS, with a tap  likewise
 *	and a socket that may block  likewise: splice(2) would
 *
 * The socket is not spliced to a file: splice(2) reads the offset first and
 * sets it later, so that of two processes that share the open file one would
 * overwrite what the other has written. write(2) does both in one step.
 */
#include "relay/pump_choice.h"
#include "relay/pump_copy.h"
#include "relay/pump_discard.h"
#include "relay/pump_splice.h"
#include "relay/pump_zerocopy.h"

#ifdef __linux__
static struct pump *
choose_from_socket(const struct stream *from, const struct stream *to)
{
	if (to->kind == STREAM_PIPE)
		return (pump_splice_new(from, to));
	if (stream_discards(to))
		return (pump_discard_new(from, to));
	return (pump_copy_new(from, to, false));
}
#endif

struct pump *
pump_choose(const struct stream *from, const struct stream *to,
    const struct pump_config *config)
{
#ifdef __linux__
	bool asked = from->kind != STREAM_FILE || config->zero_copy;
	bool is_plain = from->tls == NULL && to->tls == NULL &&
	    from->tap == NULL && to->tap == NULL && !config->crlf &&
	    !from->may_block && !to->may_block;

	if (is_plain && from->kind == STREAM_SOCKET)
		return (choose_from_socket(from, to));
	if (is_plain && asked && pump_zerocopy_suits(from, to))
		return (pump_zerocopy_new(from, to));
#endif
	return (pump_copy_new(from, to, config->crlf));
}
