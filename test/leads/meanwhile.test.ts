// Who writes of leads while a right is taken from them: what they waited for is not done any more.
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { untilWaiting } from '../support/activity';
import {
  AddLeadNoteDocument,
  ArchiveLeadsDocument,
  CreateLeadDocument,
  DeleteLeadDocument,
  MergeLeadsDocument,
  UpdateLeadDocument,
} from '../support/documents.generated';
import { losses } from '../support/losses';
import { startTestServer, type TestServer } from '../support/server';
import { changingNothing } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

type Write = [TypedDocumentNode<unknown, { input: object }>, (list: string, leads: string[]) => object];
const write = <Input extends object>(
  document: TypedDocumentNode<unknown, { input: Input }>,
  input: (list: string, leads: string[]) => Input,
): Write => [document as Write[0], input];
const writes: [string, Write][] = [
  ['adds one', write(CreateLeadDocument, (listId) => ({ listId, name: 'Late' }))],
  ['edits one', write(UpdateLeadDocument, (_, [id = '']) => ({ id, changes: { name: 'Late' } }))],
  ['archives many', write(ArchiveLeadsDocument, (_, ids) => ({ leads: ids.map((id) => ({ id })) }))],
  ['deletes one', write(DeleteLeadDocument, (_, [id = '']) => ({ id }))],
  ['merges two', write(MergeLeadsDocument, (_, [id = '', ...mergedIds]) => ({ id, mergedIds }))],
  ['writes a note', write(AddLeadNoteDocument, (_, [leadId = '']) => ({ leadId, text: 'Late' }))],
];

test.each(
  losses.flatMap(([what, loss, code]) => writes.map(([how, given]) => ({ what, loss, code, how, given }))),
)(
  'who $how, and loses $what while they wait, changes nothing',
  async ({ loss, code, given: [document, input] }) => {
    const { arrange, accountId, clients } = world;
    const { owner } = server;
    const list = await arrange.list(accountId, clients.one);
    const leads = [await arrange.lead(list), await arrange.lead(list)];
    const member = await arrange.member(accountId, {
      permissions: ['ACCESS_CRM', 'MANAGE_LISTS'],
      clientAccess: 'ALL',
    });
    const caller = await signInAs(server, member);
    await owner.query('begin');
    // Whoever has their turn; then the right is taken.
    await owner.query('select from ringfence.clients where id = $1 for update', [clients.one]);
    const refusal = caller.refusal(document, { input: input(list, leads) });
    await untilWaiting(owner);
    await owner.query(loss, [member.id]);
    await changingNothing(owner, async () => {
      await owner.query('commit');
      expect((await refusal).code).toBe(code);
    });
  },
);
