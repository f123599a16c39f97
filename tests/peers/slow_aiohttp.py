# SPDX-License-Identifier: ISC
#
# slow_aiohttp.py PORT REPLY: the slow server of slow_http.bash, on aiohttp.

import asyncio
import hashlib
import pathlib
import sys

from aiohttp import web

REPLY = pathlib.Path(sys.argv[2]).read_bytes()


async def slow(request):
    body = await request.read()
    await asyncio.sleep(int(request.path[1:]) / 1000)
    return web.Response(
        body=REPLY, headers={"Body-SHA256": hashlib.sha256(body).hexdigest()}
    )


app = web.Application(client_max_size=1 << 24)
app.router.add_route("*", "/{ms}", slow)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), keepalive_timeout=600)
