// The JSON Schemas of agents' configurations, as they are published. What a schema cannot say is checked in agent-settings.ts.
import type { FastifyInstance } from 'fastify';
import advanced from './advanced-agent-configuration.json';
import simple from './agent-configuration.json';

export const schemas = { simple, advanced };

const oneHourInSeconds = 3600;

/** Serves them to everybody: there is nothing of any account in them. */
export function registerSchemas(app: FastifyInstance): void {
  for (const [name, schema] of [
    ['agent-configuration', simple],
    ['advanced-agent-configuration', advanced],
  ] as const) {
    const text = JSON.stringify(schema, null, 2);
    app.get(`/schemas/${name}.json`, (_request, reply) =>
      reply
        .header('cache-control', `public, max-age=${oneHourInSeconds}`)
        .type('application/schema+json')
        .send(text),
    );
  }
}
