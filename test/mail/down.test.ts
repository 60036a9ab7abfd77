// A mail server that is not there: nobody has to wait for it, and its mail arrives when it is back.
import { ChangeMemberPasswordDocument } from '../support/documents.generated';
import { startMailServer } from '../support/mail-server';
import { startTestServer } from '../support/server';
import { createWorld } from '../support/world';
import { outbox, settled, until } from './outbox';

test('a password is not told to a mail server that offers no TLS', async () => {
  const mailServer = await startMailServer();
  const server = await startTestServer({
    settings: {
      WORKER: 'true',
      SMTP_URL: mailServer.url.replace('//', '//somebody:secret@'),
      MAIL_FROM: 'hello@ringfence.example',
    },
  });
  try {
    const world = await createWorld(server);
    await world.asOwner.get(ChangeMemberPasswordDocument, {
      input: { id: world.members.powerless.id, password: 'umbrella teapot lantern' },
    });
    await until(async () => (await outbox(server.owner))[0]?.attempts === 1);
    expect(await outbox(server.owner)).toMatchObject([
      { state: 'waiting', lastError: expect.stringContaining('STARTTLS') as string },
    ]);
    expect(mailServer.recipients).toEqual([]);
  } finally {
    await server.close();
    await mailServer.close();
  }
});

test('the server starts and serves without its mail server, and sends what waited when that is there', async () => {
  const before = await startMailServer();
  await before.close();
  const server = await startTestServer({
    settings: { WORKER: 'true', SMTP_URL: before.url, MAIL_FROM: 'hello@ringfence.example' },
  });
  try {
    const world = await createWorld(server);
    await world.asOwner.get(ChangeMemberPasswordDocument, {
      input: { id: world.members.powerless.id, password: 'umbrella teapot lantern' },
    });
    await until(async () => (await outbox(server.owner))[0]?.attempts === 1);
    expect(await outbox(server.owner)).toMatchObject([
      { state: 'waiting', lastError: expect.stringMatching(/^SMTP \w+ at CONN$/) as string },
    ]);
    const back = await startMailServer(Number(new URL(before.url).port));
    await back.delivered(1);
    expect(await settled(server.owner)).toMatchObject([{ state: 'sent', lastError: null }]);
    await back.close();
  } finally {
    await server.close();
  }
});
