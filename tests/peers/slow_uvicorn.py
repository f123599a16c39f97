# SPDX-License-Identifier: ISC
#
# slow_uvicorn.py PORT REPLY: the slow server of slow_http.bash, an ASGI
# application on uvicorn.

import asyncio
import hashlib
import pathlib
import sys

import uvicorn

REPLY = pathlib.Path(sys.argv[2]).read_bytes()


async def slow(scope, receive, send):
    body = hashlib.sha256()
    more = True
    while more:
        part = await receive()
        body.update(part.get("body", b""))
        more = part.get("more_body", False)
    await asyncio.sleep(int(scope["path"][1:]) / 1000)
    headers = [
        (b"content-length", b"%d" % len(REPLY)),
        (b"body-sha256", body.hexdigest().encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": REPLY})


uvicorn.run(
    slow, host="127.0.0.1", port=int(sys.argv[1]), lifespan="off", timeout_keep_alive=600
)
