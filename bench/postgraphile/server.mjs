// PostGraphile 5 with its Amber preset in production mode, as its documentation has it: schema from introspection as the role
// that is served, the identity verified here and handed to Postgres as pgSettings, prepared statements, no subscriptions, no
// Ruru, no explain. Plain JavaScript, so that nothing outside this folder needs its packages.
import { createSecretKey } from 'node:crypto';
import { createServer } from 'node:http';
import process from 'node:process';
import { grafserv } from 'postgraphile/grafserv/node';
import jwt from 'jsonwebtoken';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';

const { databaseUrl, connections, tokenKeys } = JSON.parse(process.env.BENCH_CONTENDER);

/** Keys of the same access tokens that Ringfence verifies, by id. */
const keys = new Map(Object.entries(tokenKeys).map(([id, key]) => [id, createSecretKey(key, 'base64')]));

/**
 * Signature, issuer, audience and expiry are checked exactly as Ringfence does; then the claims are settings.
 * @param {string | undefined} authorization
 */
function pgSettings(authorization) {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
  const key = keys.get(jwt.decode(token, { complete: true })?.header.kid ?? '');
  if (key === undefined) return { role: 'bench_peer' };
  const claims = jwt.verify(token, key, {
    algorithms: ['HS256'],
    issuer: 'ringfence',
    audience: 'ringfence:api',
    clockTolerance: 5,
  });
  return {
    role: 'bench_peer',
    'peer.account_id': claims.account,
    'peer.member_id': claims.principal,
    'peer.permissions': `,${claims.permissions.join(',')},`,
  };
}

/** @type {GraphileConfig.Preset} */
const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [
    makePgService({
      connectionString: databaseUrl,
      schemas: ['ringfence', 'peer'],
      pubsub: false,
      poolConfig: { max: connections, min: connections },
    }),
  ],
  grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false },
  grafast: {
    explain: false,
    context: ({ node }) => ({ pgSettings: pgSettings(node?.req.headers.authorization) }),
  },
};

const server = createServer();
process.on('disconnect', () => process.exit(0));
process.on('message', (question) => {
  if (question === 'memory') process.send({ memoryBytes: process.memoryUsage.rss() });
});
try {
  await postgraphile(preset).createServ(grafserv).addTo(server);
  server.listen(0, '127.0.0.1', () =>
    process.send({ ready: `http://127.0.0.1:${server.address().port}/graphql` }),
  );
} catch (error) {
  process.send({ failed: error.stack });
}
