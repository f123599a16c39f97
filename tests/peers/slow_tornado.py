# SPDX-License-Identifier: ISC
#
# slow_tornado.py PORT REPLY: the slow server of slow_http.bash, on tornado.

import asyncio
import hashlib
import pathlib
import sys

import tornado.web

REPLY = pathlib.Path(sys.argv[2]).read_bytes()


class Slow(tornado.web.RequestHandler):
    async def get(self, ms):
        await asyncio.sleep(int(ms) / 1000)
        self.set_header("Body-SHA256", hashlib.sha256(self.request.body).hexdigest())
        self.write(REPLY)

    post = get


async def main():
    app = tornado.web.Application([(r"/(\d+)", Slow)])
    app.listen(int(sys.argv[1]), "127.0.0.1")
    await asyncio.Event().wait()


asyncio.run(main())
