/* SPDX-License-Identifier: ISC */
/*
 * Delays that grow evenly, up to a bound.
 */
#include "retry.h"

struct retry
retry_make(int64_t retries, monotime_t first_delay, monotime_t deadline)
{
	return ((struct retry){
	    .left = retries,
	    .step = first_delay,
	    .deadline = deadline,
	});
}

enum retry_verdict
retry_failed(struct retry *retry, monotime_t now, monotime_t *at)
{
	if (retry->left == 0)
		return (RETRY_USED_UP);
	if (retry->left != INT64_MAX)
		retry->left--;
	if (retry->delay < RETRY_GROWTH * retry->step)
		retry->delay += retry->step;
	*at = clock_after(now, retry->delay);
	if (*at > retry->deadline - retry->step)
		*at = retry->deadline - retry->step;
	if (*at <= now)
		*at = retry->deadline;
	return (RETRY_AGAIN);
}
