# SPDX-License-Identifier: ISC
#
# slow_backend.py PORT REPLY: the slow server of slow_http.bash, with nothing but
# python, to stand behind a proxy.

import hashlib
import http.server
import pathlib
import sys
import time

REPLY = pathlib.Path(sys.argv[2]).read_bytes()


class Slow(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        time.sleep(int(self.path[1:]) / 1000)
        self.send_response(200)
        self.send_header("Content-Length", str(len(REPLY)))
        self.send_header("Body-SHA256", hashlib.sha256(body).hexdigest())
        self.end_headers()
        self.wfile.write(REPLY)

    do_GET = do_POST


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Slow).serve_forever()
