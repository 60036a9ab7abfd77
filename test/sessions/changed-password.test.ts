import { newSecret } from '../../src/sessions/access-token';
import { onDatabase } from '../support/database';
import { startTestServer, type TestServer } from '../support/server';
import { Arrange } from '../support/arrange';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

test('a password that was right starts no session once it has been changed meanwhile', async () => {
  const arrange = new Arrange(server.owner);
  const member = await arrange.member(await arrange.account('alpha'), { role: 'OWNER' });
  await onDatabase(server.database.signinUrl, async (signin) => {
    const { rows } = await signin.query<{ account_id: string; login_id: string; password_hash: string }>(
      'select * from signin.find_logins(null, $1, 4)',
      [member.email],
    );
    const [found] = rows;
    const start = async () =>
      (
        await signin.query('select * from signin.start_session($1, $2, $3, $4, $5, 600, 600, null, null)', [
          found?.account_id,
          found?.login_id,
          found?.password_hash,
          newSecret().digest,
          newSecret().digest,
        ])
      ).rowCount;
    expect(await start()).toBe(1);
    await server.owner.query("update fence.logins set password_hash = 'another' where id = $1", [
      found?.login_id,
    ]);
    expect(await start()).toBe(0);
  });
});
