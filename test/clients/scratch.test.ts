import { send } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, signInAs, type World } from '../support/world';
let server: TestServer; let world: World;
beforeAll(async () => { server = await startTestServer(); world = await createWorld(server); });
afterAll(() => server.close());
test('x', async () => {
  const out: string[] = [];
  const ask = async (label: string, q: string, v: Record<string, unknown> = {}, c = world.asOwner) => {
    const a = await send(server.url, c.token, q, v);
    out.push(`${label}: ${a.status} ${JSON.stringify(a.data)} ${JSON.stringify(a.errors)}`);
  };
  const create = 'mutation($i: CreateClientInput!){createClient(input:$i){client{id name contactPhone contactEmail organization{name}}}}';
  out.push(JSON.stringify((await server.owner.query('select datcollate, datlocprovider, datctype, version() from pg_database where datname=current_database()')).rows));
  await ask('upper', 'query($id:ID!){client(id:$id){name}}', { id: world.clients.one.toUpperCase() });
  await ask('idbad', 'query($id:ID!){client(id:$id){name}}', { id: 'x' });
  for (const contactPhone of ['foo +4930901820 bar', '+49 30 901820 ext. 12', '+49 30 901820, +49 30 901821', 'tel:+4930901820', '030901820', '+4930901820', '0049 30 901820'])
    await ask('phone ' + contactPhone, create, { i: { name: 'P', contactPhone } });
  await server.owner.query('delete from ringfence.clients where name = $1', ['P']);
  await ask('longmail', create, { i: { name: 'P', contactEmail: 'a'.repeat(64) + '@' + ('b'.repeat(60) + '.').repeat(4) + 'com' } });
  await ask('mail', create, { i: { name: 'P', contactEmail: 'a@b.com\r\nBcc: c@d.com' } });
  await ask('umlaut', create, { i: { name: 'Müller' } });
  await ask('umlaut search', '{clients(search:"MÜLLER"){nodes{name}}}');
  await ask('nul', 'query($s:String){clients(search:$s){nodes{name}}}', { s: '\u0000' });
  await ask('filter', 'query{clients(filter:{organizationId:"x"}){nodes{name}}}');
  await ask('filter tag', 'query{clients(filter:{organizationTag:""}){nodes{name}}}');
  await ask('filter status', 'query{clients(filter:{status:[]}){nodes{name}}}');
  await ask('plan', 'mutation($p:ID!){changePlan(input:{planId:$p}){account{id}}}', { p: '\u0000' });
  for (const timeZone of ['+01:00', 'europe/berlin', 'Mars', 'UTC', ''])
    await ask('tz ' + timeZone, 'mutation($p:String){updateAccount(input:{changes:{timeZone:$p}}){account{timeZone}}}', { p: timeZone });
  for (const locale of ['EN-gb', 'de-DE-u-co-phonebk', 'x', 'de', 'en_GB'])
    await ask('loc ' + locale, 'mutation($p:String){updateAccount(input:{changes:{locale:$p}}){account{locale}}}', { p: locale });
  for (const currency of ['eur', 'EUR', 'ZZZ', 'XXX'])
    await ask('cur ' + currency, 'mutation($p:String){updateAccount(input:{changes:{currency:$p}}){account{currency}}}', { p: currency });
  const org = 'mutation($i: CreateOrganizationInput!){createOrganization(input:$i){organization{id name website description tags version}}}';
  for (const website of ['javascript:alert(1)', 'HTTPS://Example.com', 'https://example.com/' + 'a'.repeat(600), 'http://localhost:3000', 'example.com', 'https://example.com ', 'https://user:pw@example.com/x?y#z', ''])
    await ask('web ' + website.slice(0, 30), org, { i: { name: 'Web', website } });
  await ask('crlf', org, { i: { name: 'Web', description: 'a\r\nb' } });
  await ask('tags', org, { i: { name: 'Web', tags: ['b', 'A', 'a', ' c '] } });
  await ask('tags null', org, { i: { name: 'Web', tags: null } });
  await ask('tags 2028', org, { i: { name: 'Web', tags: ['a\u2028b'] } });
  await ask('tags many', org, { i: { name: 'Web', tags: Array.from({ length: 21 }, (_, i) => `t${i}`) } });
  await ask('tags empty', org, { i: { name: 'Web', tags: [''] } });
  await ask('1 char', org, { i: { name: 'W' } });
  await ask('zwj', org, { i: { name: '👩‍💻 Co' } });
  const creator = await signInAs(server, await world.arrange.member(world.accountId, { permissions: ['CREATE_CLIENTS'] }));
  await ask('create without view', create, { i: { name: 'Blind', organizationId: null } }, creator);
  const blind = await world.arrange.member(world.accountId, { permissions: ['VIEW_CLIENTS'], clients: [world.clients.one] });
  const blindCaller = await signInAs(server, blind);
  await server.owner.query('delete from ringfence.member_permissions where member_id = $1', [blind.id]);
  await ask('view revoked', '{clients{nodes{name}}}', {}, blindCaller);
  await ask('anon', '{clients{nodes{name}}}', {}, world.asAnonymous);
  await ask('powerless', '{clients{nodes{name}}}', {}, world.asPowerless);
  await ask('powerless orgs', '{organizations{nodes{name}}}', {}, world.asPowerless);
  await ask('powerless account', '{account{name clientCount clientLimit canCreateClient plan{name}}}', {}, world.asPowerless);
  await ask('twice', 'mutation($id:ID!){a:deactivateClient(input:{id:$id}){client{version}} b:deactivateClient(input:{id:$id}){client{version}}}', { id: world.clients.four });
  out.push(JSON.stringify((await server.owner.query('select action, subject_kind, details from ringfence.audit_entries order by id desc limit 4')).rows));
  await ask('first0', '{clients(first:0){nodes{name}}}');
  await ask('notext', create, { i: { name: '  ' } });
  await ask('long', create, { i: { name: 'x'.repeat(500) } });
  await ask('mb', create, { i: { name: 'x'.repeat(1_000_000) } });
  await ask('both', create, { i: { name: 'x', organizationId: world.organizations.north, newOrganization: { name: 'Y' } } });
  await ask('new short', create, { i: { name: 'x', newOrganization: { name: 'Y' } } });
  await ask('blind null', create, { i: { name: 'x', blindMode: null } });
  await ask('name null', 'mutation($i: UpdateClientInput!){updateClient(input:$i){client{id}}}', { i: { id: world.clients.one, changes: { name: null } } });
  await ask('assign', 'mutation($i: AssignClientsInput!){assignClients(input:$i){member{id}}}', { i: { memberId: world.members.scoped.id, add: ['x'] } });
  await ask('assign many', 'mutation($i: AssignClientsInput!){assignClients(input:$i){member{id}}}', { i: { memberId: world.members.scoped.id, add: Array(1001).fill(world.clients.one) } });
  console.log(out.join('\n'));
});
