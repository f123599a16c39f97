/* SPDX-License-Identifier: ISC */
/*
 * The classes of the EAI_* values.
 */
#include <errno.h>

#include "gai_error.h"

enum gai_class
gai_error_class(int error)
{
	switch (error) {
	case 0:
		return (GAI_ADDRESSES);
	case EAI_NONAME:
		return (GAI_NO_NAME);
#ifdef EAI_NODATA
	case EAI_NODATA:
#endif
#ifdef EAI_ADDRFAMILY
	case EAI_ADDRFAMILY:
#endif
		return (GAI_NO_DATA);
	case EAI_MEMORY:
	case EAI_SYSTEM:
		return (GAI_ERROR);
	default:
		return (GAI_FAILED);
	}
}

bool
gai_error_is_failure(int error)
{
	enum gai_class class = gai_error_class(error);

	return (class == GAI_FAILED || class == GAI_ERROR);
}

int
gai_error_errno(int error, int system_error)
{
	if (error == EAI_MEMORY)
		return (ENOMEM);
	return (error == EAI_SYSTEM ? system_error : 0);
}
