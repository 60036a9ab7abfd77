// An S3 service for the tests, in memory: what of the protocol our storage speaks, as the reference describes it, and as strict.
// The packages that there are either take any signature or refuse right ones. It verifies signatures (AWS Signature Version 4)
// from the description, not with the SDK's own code.
import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const s3Credentials = { accessKeyId: 'RINGFENCE-TEST', secretAccessKey: 'a-secret-of-the-tests' };
const bucket = 'ringfence-test';
const smallestPartBytes = 5 * 1024 * 1024;

export interface S3Server {
  /** Settings of a server that keeps its files here. */
  settings: Record<string, string>;
  objects: Map<string, Buffer>;
  /** Uploads in parts that neither ended nor were given up. */
  openUploads(): number;
  /** Requests, as `GET key` or `POST ?delete`. */
  requests: string[];
  /** From now on, requests of this method are answered 500. */
  failing: Set<string>;
  close(): Promise<void>;
}

/** `pageSize`: keys in one answer of a list, fewer than a real service's 1,000 so that there are several. */
export async function startS3Server(pageSize = 1000): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const uploads = new Map<string, Map<number, Buffer>>();
  const requests: string[] = [];
  const failing = new Set<string>();

  const server = createServer((request, response) => {
    void read(request).then((body) => {
      try {
        answer(request, response, body);
      } catch (error) {
        if (!(error instanceof S3Error)) throw error;
        send(response, error.status, `<Error><Code>${error.code}</Code></Error>`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const url = new URL(request.url ?? '/', 'http://s3');
    verifySignature(request, url, body);
    const [, asked, ...rest] = url.pathname.split('/');
    const key = decodeURIComponent(rest.join('/'));
    const query = url.searchParams;
    requests.push(`${request.method} ${key}${['delete', 'uploads'].find((name) => query.has(name)) ?? ''}`);
    if (failing.has(request.method ?? '')) throw new S3Error(500, 'InternalError');
    if (asked !== bucket) throw new S3Error(404, 'NoSuchBucket');
    if (key === '') return answerBucket(request, response, query, body);

    const uploadId = query.get('uploadId');
    const parts = uploads.get(uploadId ?? '');
    if (uploadId !== null && parts === undefined) throw new S3Error(404, 'NoSuchUpload');
    switch (request.method) {
      case 'PUT':
        if (parts === undefined) objects.set(key, body);
        else parts.set(Number(query.get('partNumber')), body);
        response.setHeader('etag', etagOf(body));
        return send(response, 200, '');
      case 'GET':
        return answerObject(request, response, objects.get(key));
      case 'DELETE':
        if (uploadId === null) objects.delete(key);
        else uploads.delete(uploadId);
        return send(response, 204, '');
      case 'POST':
        if (query.has('uploads')) {
          const id = randomUUID();
          uploads.set(id, new Map());
          return send(response, 200, element('InitiateMultipartUploadResult', element('UploadId', id)));
        }
        objects.set(key, joined(parts, body.toString()));
        uploads.delete(uploadId ?? '');
        return send(response, 200, element('CompleteMultipartUploadResult', element('Key', key)));
      default:
        throw new S3Error(405, 'MethodNotAllowed');
    }
  }

  function answerBucket(
    request: IncomingMessage,
    response: ServerResponse,
    query: URLSearchParams,
    body: Buffer,
  ): void {
    if (request.method === 'POST' && query.has('delete')) {
      if (
        request.headers['x-amz-checksum-crc32'] === undefined &&
        request.headers['content-md5'] === undefined
      )
        throw new S3Error(400, 'InvalidRequest');
      for (const [, key = ''] of body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)) objects.delete(key);
      return send(response, 200, '<DeleteResult/>');
    }
    if (request.method !== 'GET' || query.get('list-type') !== '2') throw new S3Error(501, 'NotImplemented');
    const after = query.get('continuation-token') ?? '';
    const keys = [...objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '')).sort();
    const following = keys.filter((key) => key > after);
    const page = following.slice(0, pageSize);
    const last = page.at(-1);
    const more = following.length > page.length && last !== undefined;
    return send(
      response,
      200,
      element(
        'ListBucketResult',
        page.map((key) => element('Contents', element('Key', key))).join('') +
          element('IsTruncated', String(more)) +
          (more ? element('NextContinuationToken', last) : ''),
      ),
    );
  }

  const { port } = server.address() as AddressInfo;
  return {
    settings: {
      S3_BUCKET: bucket,
      S3_ENDPOINT: `http://127.0.0.1:${port}`,
      S3_ACCESS_KEY_ID: s3Credentials.accessKeyId,
      S3_SECRET_ACCESS_KEY: s3Credentials.secretAccessKey,
    },
    objects,
    openUploads: () => uploads.size,
    requests,
    failing,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class S3Error extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(code);
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function answerObject(request: IncomingMessage, response: ServerResponse, content: Buffer | undefined): void {
  if (content === undefined) throw new S3Error(404, 'NoSuchKey');
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  if (start === undefined || end === undefined) {
    response.writeHead(200, { 'content-length': content.length }).end(content);
    return;
  }
  if (Number(start) >= content.length) throw new S3Error(416, 'InvalidRange');
  const part = content.subarray(Number(start), Number(end) + 1);
  const range = `bytes ${start}-${Number(start) + part.length - 1}/${content.length}`;
  response.writeHead(206, { 'content-length': part.length, 'content-range': range }).end(part);
}

/** The parts that are named, in that order; all but the last must have the least size. */
function joined(parts: Map<number, Buffer> | undefined, named: string): Buffer {
  const contents = [...named.matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)].map(([, number]) => {
    const content = parts?.get(Number(number));
    if (content === undefined) throw new S3Error(400, 'InvalidPart');
    return content;
  });
  if (contents.slice(0, -1).some(({ length }) => length < smallestPartBytes))
    throw new S3Error(400, 'EntityTooSmall');
  return Buffer.concat(contents);
}

function verifySignature(request: IncomingMessage, url: URL, body: Buffer): void {
  const [, key, date, region, signedNames, signature] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    ) ?? [];
  if (
    key !== s3Credentials.accessKeyId ||
    date === undefined ||
    region === undefined ||
    signedNames === undefined
  )
    throw new S3Error(403, 'InvalidAccessKeyId');
  const names = signedNames.split(';');
  const bodyDigest = String(request.headers['x-amz-content-sha256']);
  if (!names.includes('host') || bodyDigest !== sha256(body))
    throw new S3Error(400, 'XAmzContentSHA256Mismatch');

  const query = [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const canonical = [
    request.method,
    url.pathname,
    query,
    ...names.map((name) => `${name}:${String(request.headers[name]).trim().replace(/ +/g, ' ')}`),
    '',
    signedNames,
    bodyDigest,
  ].join('\n');
  const scope = `${date}/${region}/s3/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const signingKey = [date, region, 's3', 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${s3Credentials.secretAccessKey}`,
  );
  if (!timingSafeEqual(hmac(signingKey, toSign), Buffer.from(signature ?? '', 'hex')))
    throw new S3Error(403, 'SignatureDoesNotMatch');
}

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');
const hmac = (key: string | Buffer, content: string) => createHmac('sha256', key).update(content).digest();
const encode = (text: string) =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
const etagOf = (content: Buffer) => `"${createHash('md5').update(content).digest('hex')}"`;
const element = (name: string, content: string) => `<${name}>${content}</${name}>`;

function send(response: ServerResponse, status: number, xml: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(status === 204 ? undefined : xml);
}
