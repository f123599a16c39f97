// SPDX-License-Identifier: ISC
//
// slow_node.js PORT REPLY: the slow server of slow_http.bash, on node's http.

'use strict';

const crypto = require('crypto');
const fs = require('fs');
const http = require('http');

const [port, file] = process.argv.slice(2);
const reply = fs.readFileSync(file);

const server = http.createServer((request, response) => {
	const body = crypto.createHash('sha256');
	request.on('data', (part) => body.update(part));
	request.on('aborted', () => console.log(`${request.url}: aborted`));
	request.on('end', () => {
		const send = () => {
			response.setHeader('Body-SHA256', body.digest('hex'));
			response.end(reply);
		};
		setTimeout(send, Number(request.url.slice(1)));
	});
});
server.keepAliveTimeout = 600000;
server.listen(Number(port), '127.0.0.1');
