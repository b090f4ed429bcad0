// What AWS offers, on loopback: DynamoDB's API by dynalite, and the endpoints that hand out credentials. Tests ask for
// faults, and what was called. Ends with the process that started it.
// Requests must be signed with SECRET, which dynalite would not check.
//   node aws.mjs PORT FOLDER SECRET        port 0: any
import { createHash, createHmac } from 'node:crypto';
import http from 'node:http';
import { PassThrough } from 'node:stream';
import dynalite from 'dynalite';

const [port, folder, secret] = process.argv.slice(2);
const database = dynalite({ path: folder, createTableMs: 100 });
const calls = {};
const faults = { throttle: 0, unprocessed: 0, expired: 0 };
let authorization = '';
let handedOut = 0;

function reply(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.0' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

const error = (name) => ({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: `${name} for a test` });

function isDue(fault) {
  if (faults[fault] === 0) return false;
  --faults[fault];
  return true;
}

// Signature Version 4, as Amazon's documentation tells it.
function isSigned(request, body) {
  const parts = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=(\w+)$/.exec(request.headers.authorization ?? '');
  if (!parts) return false;
  const hash = (text) => createHash('sha256').update(text).digest('hex');
  const [, credential, names, signature] = parts;
  const scope = credential.split('/').slice(1);
  const headers = names.split(';').map((name) => `${name}:${request.headers[name]}`);
  const canonical = [request.method, '/', '', ...headers, '', names, hash(body)].join('\n');
  const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope.join('/'), hash(canonical)].join('\n');
  const key = scope.reduce((before, part) => createHmac('sha256', before).update(part).digest(), `AWS4${secret}`);
  return createHmac('sha256', key).update(text).digest('hex') === signature;
}

function refuse(response, operation, body) {
  if (isDue('throttle')) return reply(response, 400, error('ProvisionedThroughputExceededException'));
  if (isDue('expired')) return reply(response, 400, error('ExpiredTokenException'));
  --faults.unprocessed;
  const items = JSON.parse(body).RequestItems;
  reply(response, 200, operation === 'BatchGetItem' ? { Responses: {}, UnprocessedKeys: items } : { UnprocessedItems: items });
}

async function serve(request, response) {
  authorization = request.headers.authorization ?? '';
  const operation = (request.headers['x-amz-target'] ?? '').split('.')[1];
  calls[operation] = (calls[operation] ?? 0) + 1;
  const isBatch = operation === 'BatchGetItem' || operation === 'BatchWriteItem';
  let body = '';
  for await (const piece of request) body += piece;
  if (!isSigned(request, body)) return reply(response, 400, error('InvalidSignatureException'));
  if (faults.throttle + faults.expired > 0 || (isBatch && faults.unprocessed > 0)) {
    return refuse(response, operation, body);
  }
  const again = Object.assign(new PassThrough(), { method: request.method, url: request.url, headers: request.headers });
  again.end(body);
  return database.emit('request', again, response);
}

function credentials() {
  ++handedOut;
  return {
    Code: 'Success',
    AccessKeyId: `KEY${handedOut}`,
    SecretAccessKey: secret,
    Token: 'session',
    Expiration: new Date(Date.now() + 3600 * 1000).toISOString().replace(/\.\d+Z/, 'Z'),
  };
}

// As on an instance, every question but the first shows the token.
function metadata(request, response, path) {
  if (request.method === 'PUT' && path === '/latest/api/token') return reply(response, 200, 'token');
  if (request.headers['x-aws-ec2-metadata-token'] !== 'token') return reply(response, 401, '');
  return path.endsWith('/security-credentials/') ? reply(response, 200, 'role') : reply(response, 200, credentials());
}

const server = http.createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://aws');
  if (pathname === '/') return serve(request, response);
  if (pathname.startsWith('/latest/')) return metadata(request, response, pathname);
  if (pathname === '/container') {
    return request.headers.authorization === 'pass' ? reply(response, 200, credentials()) : reply(response, 403, '');
  }
  if (pathname === '/calls') return reply(response, 200, String(calls[searchParams.get('of')] ?? 0));
  if (pathname === '/authorization') return reply(response, 200, authorization);
  if (pathname === '/faults') for (const [fault, count] of searchParams) faults[fault] = Number(count);
  return reply(response, 200, 'ok');
});

const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(), 200);
server.listen(Number(port), '127.0.0.1', () => console.log(`listening on ${server.address().port}.`));
